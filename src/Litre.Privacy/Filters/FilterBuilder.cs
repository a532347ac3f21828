using Litre.Privacy.Native;

namespace Litre.Privacy.Filters;

/// <summary>
/// Assembles a filter of system calls. Each rule is a short sequence that either ends the program or falls through to the next rule,
/// so there are no labels.
/// </summary>
internal sealed class FilterBuilder
{
    // Offsets in the kernel's struct seccomp_data. Both architectures are little-endian: the low word of an argument is first.
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint ArgumentsOffset = 16;
    private const uint SecondTable = 0x40000000;

    private readonly KernelTable _kernel;
    private readonly List<BpfInstruction> _program = [];

    /// <summary>Begins with the rules of every filter: calls of another architecture are refused, as their numbers differ.</summary>
    public FilterBuilder(KernelTable kernel)
    {
        _kernel = kernel;
        var refused = FilterResult.Fail(ErrorNumber.NotPermitted);
        Load(ArchitectureOffset);
        Add(BpfInstruction.IfEqual, kernel.Architecture, then: 1, otherwise: 0);
        Return(refused);
        Load(NumberOffset);
        if (!kernel.HasSecondTable)
            return;
        Add(BpfInstruction.IfAtLeast, SecondTable, then: 0, otherwise: 1);
        Return(refused);
    }

    /// <summary>The same result whenever a call is made. Nothing is added where the architecture does not have the call.</summary>
    public FilterBuilder On(SystemCall call, uint result)
    {
        if (!_kernel.Calls.TryGetValue(call, out var number))
            return this;
        Add(BpfInstruction.IfEqual, (uint)number, then: 0, otherwise: 1);
        Return(result);
        return this;
    }

    /// <summary>A result if any bit of a mask is set in an argument, else another one.</summary>
    public FilterBuilder OnBits(SystemCall call, int argument, uint mask, uint result, uint otherwise = FilterResult.Allow)
    {
        if (!_kernel.Calls.TryGetValue(call, out var number))
            return this;
        Add(BpfInstruction.IfEqual, (uint)number, then: 0, otherwise: 4);
        Load(Low(argument));
        Add(BpfInstruction.IfAnyBit, mask, then: 0, otherwise: 1);
        Return(result);
        Return(otherwise);
        return this;
    }

    /// <summary>A result if a pointer is not null.</summary>
    public FilterBuilder OnPointer(SystemCall call, int argument, uint result)
    {
        if (!_kernel.Calls.TryGetValue(call, out var number))
            return this;
        Add(BpfInstruction.IfEqual, (uint)number, then: 0, otherwise: 6);
        Load(Low(argument));
        Add(BpfInstruction.IfEqual, 0, then: 0, otherwise: 2);
        Load(Low(argument) + sizeof(uint));
        Add(BpfInstruction.IfEqual, 0, then: 1, otherwise: 0);
        Return(result);
        Return(FilterResult.Allow);
        return this;
    }

    /// <summary>A result unless an argument has one of the values.</summary>
    public FilterBuilder Unless(SystemCall call, int argument, uint[] values, uint result)
    {
        if (!_kernel.Calls.TryGetValue(call, out var number))
            return this;
        Add(BpfInstruction.IfEqual, (uint)number, then: 0, otherwise: (byte)(values.Length + 3));
        Load(Low(argument));
        for (var i = 0; i < values.Length; i++)
            Add(BpfInstruction.IfEqual, values[i], then: (byte)(values.Length - i), otherwise: 0);
        Return(result);
        Return(FilterResult.Allow);
        return this;
    }

    /// <summary>
    /// For <c>socket</c>: families that are allowed whatever the type, and families that are allowed for one type.
    /// </summary>
    /// <param name="families">Those that are always allowed.</param>
    /// <param name="restricted">Those that are allowed for one type.</param>
    /// <param name="type">The type.</param>
    /// <param name="otherType">The result for another type of these.</param>
    /// <param name="result">The result for all other families.</param>
    public FilterBuilder OnSocket(uint[] families, uint[] restricted, uint type, uint otherType, uint result)
    {
        const uint TypeMask = 0xf; // the other bits are flags
        var number = _kernel.Calls[SystemCall.Socket];
        var (free, bound) = (families.Length, restricted.Length);
        // After the comparisons: refuse, load the type, mask, compare, refuse, allow.
        Add(BpfInstruction.IfEqual, (uint)number, then: 0, otherwise: (byte)(1 + free + bound + 6));
        Load(Low(0));
        for (var i = 0; i < free; i++)
            Add(BpfInstruction.IfEqual, families[i], then: (byte)(free - i - 1 + bound + 5), otherwise: 0);
        for (var i = 0; i < bound; i++)
            Add(BpfInstruction.IfEqual, restricted[i], then: (byte)(bound - i), otherwise: 0);
        Return(result);
        Load(Low(1));
        Add(BpfInstruction.And, TypeMask);
        Add(BpfInstruction.IfEqual, type, then: 1, otherwise: 0);
        Return(otherType);
        Return(FilterResult.Allow);
        return this;
    }

    /// <summary>The program; calls without a rule are allowed.</summary>
    public BpfInstruction[] Build() => [.. _program, new BpfInstruction(BpfInstruction.Return, 0, 0, FilterResult.Allow)];

    private static uint Low(int argument) => ArgumentsOffset + (uint)argument * sizeof(ulong);

    private void Load(uint offset) => Add(BpfInstruction.Load, offset);

    private void Return(uint result) => Add(BpfInstruction.Return, result);

    private void Add(ushort code, uint value, byte then = 0, byte otherwise = 0) =>
        _program.Add(new BpfInstruction(code, then, otherwise, value));
}
