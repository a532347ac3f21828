using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Litre.Torch.Native;

namespace Litre.Torch;

/// <summary>
/// One call through <c>torch_call_dispatcher</c>. Arguments are pushed in schema order, defaults too; the call
/// consumes their handles and leaves the results in their place. Eight bytes per argument: a tensor is a handle,
/// numbers are their value or bits, an optional is zero or a malloc'ed cell that libtorch frees.
/// </summary>
internal unsafe ref struct OpCall
{
    [InlineArray(24)]
    private struct Slots
    {
        private ulong _first;
    }

    private static readonly ulong AbiVersion = TorchApi.aoti_torch_abi_version();

    [ThreadStatic]
    private static bool _gradModeOff;

    private readonly ReadOnlySpan<byte> _op;
    private readonly ReadOnlySpan<byte> _overload;
    private readonly OperatorProfile? _profile;
    private Slots _slots;
    private int _count;
    private double _bytes;
    private double? _traffic;

    /// <param name="op">Qualified name as a UTF-8 literal (which is zero-terminated), such as "aten::mm"u8.</param>
    /// <param name="overload">Overload name, or empty.</param>
    public OpCall(ReadOnlySpan<byte> op, ReadOnlySpan<byte> overload = default)
    {
        _op = op;
        _overload = overload;
        _profile = OperatorProfile.Current;
    }

    /// <summary>Floating-point operations, for a profile.</summary>
    public double Flops { private get; init; }

    /// <summary>Whether a profile measures this call.</summary>
    public readonly bool IsProfiled => _profile is not null;

    /// <summary>Bytes read and written, for a profile, if they do not follow from operands and results.</summary>
    public void AddTraffic(double bytes) => _traffic = bytes;

    public void Push(Tensor tensor)
    {
        Note(tensor);
        _slots[_count++] = (ulong)NewHandle(tensor);
    }

    /// <summary>For a tensor that is optional for an operator although its schema does not declare it so.</summary>
    public void PushUndefined()
    {
        nint handle;
        Check(TorchApi.aoti_torch_new_uninitialized_tensor(&handle));
        _slots[_count++] = (ulong)handle;
    }

    public void Push(long value) => _slots[_count++] = (ulong)value;

    public void Push(bool value) => _slots[_count++] = value ? 1UL : 0UL;

    public void Push(double value) => _slots[_count++] = BitConverter.DoubleToUInt64Bits(value);

    public void PushNone() => _slots[_count++] = 0;

    public void PushOptional(Tensor? tensor)
    {
        if (tensor is not null)
            Note(tensor);
        _slots[_count++] = tensor is null ? 0 : Cell((ulong)NewHandle(tensor));
    }

    public void PushOptional(long value) => _slots[_count++] = Cell((ulong)value);

    public void PushOptional(double value) => _slots[_count++] = Cell(BitConverter.DoubleToUInt64Bits(value));

    public void PushOptional(bool value) => _slots[_count++] = Cell(value ? 1UL : 0UL);

    public void Push(scoped ReadOnlySpan<long> values)
    {
        var list = NewList(values.Length);
        foreach (var value in values)
            Check(TorchApi.torch_list_push_back(list, (ulong)value));
        _slots[_count++] = (ulong)list;
    }

    public void PushOptional(scoped ReadOnlySpan<long> values)
    {
        Push(values);
        _slots[_count - 1] = Cell(_slots[_count - 1]);
    }

    public void Push(scoped ReadOnlySpan<bool> values)
    {
        var list = NewList(values.Length);
        foreach (var value in values)
            Check(TorchApi.torch_list_push_back(list, value ? 1UL : 0UL));
        _slots[_count++] = (ulong)list;
    }

    public void Push(scoped ReadOnlySpan<Tensor> tensors)
    {
        var list = NewList(tensors.Length);
        foreach (var tensor in tensors)
        {
            Note(tensor);
            Check(TorchApi.torch_list_push_back(list, (ulong)NewHandle(tensor)));
        }
        _slots[_count++] = (ulong)list;
    }

    /// <remarks>
    /// libtorch copies a string argument and never frees the copy (torch/csrc/stable/stableivalue_conversions.h,
    /// ToImpl of std::string): about 200 bytes per call.
    /// </remarks>
    /// <param name="text">A UTF-8 string, such as "tanh"u8.</param>
    public void PushString(scoped ReadOnlySpan<byte> text)
    {
        nint handle;
        fixed (byte* data = text)
            Check(TorchApi.torch_new_string_handle(data, (nuint)text.Length, &handle));
        _slots[_count++] = (ulong)handle;
    }

    public void Run()
    {
        DisableGradMode();
        var began = _profile?.Begin() ?? 0;
        // An empty span's pointer is null, which the dispatcher would read: the literal ""u8 ends in a zero byte.
        fixed (
            byte* op = _op,
                overload = _overload.IsEmpty ? "\0"u8 : _overload
        )
        fixed (ulong* stack = &_slots[0])
        {
            if (TorchApi.torch_call_dispatcher(op, overload, stack, AbiVersion) != 0)
                throw new TorchException(
                    $"{System.Text.Encoding.UTF8.GetString(_op)} failed in libtorch; the reason is printed above on stderr"
                );
        }
        _profile?.End(began, _op, Flops, _traffic ?? _bytes);
    }

    /// <summary>The result at <paramref name="index"/> as a new tensor; its sizes must be those expected.</summary>
    public Tensor Result(int index, ReadOnlySpan<long> sizes, DType dtype, Device device)
    {
        var result = Tensor.FromHandle((nint)_slots[index], sizes, dtype, device, _op);
        if (_traffic is null)
            _profile?.AddBytes(result.Bytes);
        return result;
    }

    /// <summary>Frees a result that is not needed: an in-place operator's self, a random state.</summary>
    public void Discard(int index)
    {
        if (_slots[index] != 0)
            Check(TorchApi.aoti_torch_delete_tensor_object((nint)_slots[index]));
    }

    // What is broadcast is read once.
    private void Note(Tensor tensor)
    {
        if (_profile is not null)
            _bytes += Math.Min(tensor.Bytes, tensor.StorageBytes);
    }

    internal static void DisableGradMode()
    {
        if (_gradModeOff)
            return;
        TorchApi.aoti_torch_grad_mode_set_enabled(false);
        _gradModeOff = true;
    }

    private static nint NewHandle(Tensor tensor)
    {
        nint handle;
        Check(TorchApi.aoti_torch_new_tensor_handle(tensor.Handle, &handle));
        return handle;
    }

    private static nint NewList(int capacity)
    {
        nint list;
        Check(TorchApi.torch_new_list_reserve_size((nuint)capacity, &list));
        return list;
    }

    private static ulong Cell(ulong value)
    {
        var cell = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *cell = value;
        return (ulong)cell;
    }

    internal static void Check(int status, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status != 0)
            throw new TorchException($"{call} failed in libtorch; the reason is printed above on stderr");
    }
}
