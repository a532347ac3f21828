using System.Runtime.InteropServices;

namespace Litre.Privacy.Filters;

/// <summary>One instruction of a classic BPF program, as the kernel reads it (<c>struct sock_filter</c>).</summary>
/// <param name="Code">What it does.</param>
/// <param name="Then">Instructions to skip if a comparison holds.</param>
/// <param name="Else">Instructions to skip if it does not.</param>
/// <param name="Value">An offset, an operand or the result.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct BpfInstruction(ushort Code, byte Then, byte Else, uint Value)
{
    /// <summary>Loads the 32-bit word at an offset of the call's description.</summary>
    public const ushort Load = 0x20;

    /// <summary>Compares for equality.</summary>
    public const ushort IfEqual = 0x15;

    /// <summary>Compares, unsigned: equal or greater.</summary>
    public const ushort IfAtLeast = 0x35;

    /// <summary>Tests whether any bit of a mask is set.</summary>
    public const ushort IfAnyBit = 0x45;

    /// <summary>Keeps the bits of a mask.</summary>
    public const ushort And = 0x54;

    /// <summary>Ends with a result.</summary>
    public const ushort Return = 0x06;
}
