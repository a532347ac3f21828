using System.Buffers.Binary;
using Litre.Privacy.Filters;
using Litre.Privacy.Native;

namespace Litre.Privacy.Tests.Filters;

/// <summary>Runs a filter as the kernel does.</summary>
internal static class FilterRun
{
    private const int NumberOffset = 0;
    private const int ArchitectureOffset = 4;
    private const int ArgumentsOffset = 16;

    /// <summary>The result for a call with its arguments.</summary>
    public static uint Of(BpfInstruction[] filter, KernelTable kernel, SystemCall call, params ulong[] arguments) =>
        Of(filter, kernel.Architecture, kernel.Calls[call], arguments);

    /// <summary>The result for a number of a call.</summary>
    public static uint Of(BpfInstruction[] filter, uint architecture, int number, params ulong[] arguments)
    {
        var data = new byte[64];
        BinaryPrimitives.WriteInt32LittleEndian(data.AsSpan(NumberOffset), number);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(ArchitectureOffset), architecture);
        for (var i = 0; i < arguments.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(ArgumentsOffset + i * sizeof(ulong)), arguments[i]);
        var accumulator = 0u;
        for (var at = 0; ; at++)
        {
            var (code, then, otherwise, value) = filter[at];
            switch (code)
            {
                case BpfInstruction.Load:
                    accumulator = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan((int)value));
                    break;
                case BpfInstruction.And:
                    accumulator &= value;
                    break;
                case BpfInstruction.IfEqual:
                    at += accumulator == value ? then : otherwise;
                    break;
                case BpfInstruction.IfAtLeast:
                    at += accumulator >= value ? then : otherwise;
                    break;
                case BpfInstruction.IfAnyBit:
                    at += (accumulator & value) != 0 ? then : otherwise;
                    break;
                case BpfInstruction.Return:
                    return value;
                default:
                    throw new InvalidOperationException($"instruction {at} has code {code}");
            }
        }
    }
}
