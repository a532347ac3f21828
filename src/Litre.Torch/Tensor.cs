using System.Text;
using Litre.Torch.Native;

namespace Litre.Torch;

/// <summary>
/// A strided array on a device. Owns one libtorch handle (none on meta devices, which have shapes only).
/// Lifetime is explicit: dispose it, or create it inside a <see cref="TensorScope"/>. Views share their source's
/// storage, which exists until the last of them is disposed. Not thread-safe.
/// </summary>
public sealed partial class Tensor : IDisposable
{
    private readonly long[] _sizes;
    private readonly long[] _strides;
    private Storage? _storage;
    private nint _handle;
#if DEBUG
    private readonly System.Diagnostics.StackTrace? _stack = TensorLeaks.RecordStacks ? new System.Diagnostics.StackTrace(2, false) : null;
#endif

    private Tensor(nint handle, Storage storage, long[] sizes, long[] strides, DType dtype, Device device)
    {
        _handle = handle;
        _storage = storage;
        _sizes = sizes;
        _strides = strides;
        DType = dtype;
        Device = device;
        TensorScope.Current?.Register(this);
    }

#if DEBUG
    ~Tensor()
    {
        if (_storage is null)
            return;
        TensorLeaks.Report(ToString(), _stack);
    }
#endif

    public DType DType { get; }

    public Device Device { get; }

    public ReadOnlySpan<long> Sizes => _sizes;

    /// <summary>Strides in elements.</summary>
    public ReadOnlySpan<long> Strides => _strides;

    public int Rank => _sizes.Length;

    public long Count => Shape.Count(_sizes);

    /// <summary>Bytes of the elements that this tensor shows (its storage may be larger).</summary>
    public long Bytes => Count * DType.Bytes();

    /// <summary>Bytes of the storage behind this tensor.</summary>
    public long StorageBytes => Live.Bytes;

    public bool IsDisposed => _storage is null;

    /// <summary>The scope that will free this tensor, if any.</summary>
    internal TensorScope? Scope { get; set; }

    internal nint Handle =>
        _storage is null ? throw new ObjectDisposedException(nameof(Tensor), $"tensor {Describe()} was used after it was freed") : _handle;

    internal void MarkEscaped() => _storage?.Keep();

    private Storage Live =>
        _storage ?? throw new ObjectDisposedException(nameof(Tensor), $"tensor {Describe()} was used after it was freed");

    public bool IsContiguous
    {
        get
        {
            var step = 1L;
            for (var i = _sizes.Length - 1; i >= 0; i--)
            {
                if (_sizes[i] != 1 && _strides[i] != step)
                    return false;
                step *= _sizes[i];
            }
            return true;
        }
    }

    /// <summary>The size of a dimension; negative dimensions count from the end.</summary>
    public long Size(int dim) => _sizes[dim < 0 ? dim + _sizes.Length : dim];

    /// <summary>Address of the first element: host memory on the CPU, device memory on CUDA.</summary>
    /// <exception cref="InvalidOperationException">It is on a meta device, which has no memory.</exception>
    public unsafe nint DataPointer
    {
        get
        {
            if (Device.IsMeta)
                throw new InvalidOperationException($"{this} has no memory");
            void* data;
            OpCall.Check(TorchApi.aoti_torch_get_data_ptr(Handle, &data));
            return (nint)data;
        }
    }

    public void Dispose()
    {
        if (_storage is null)
            return;
        if (_handle != 0)
            TorchApi.aoti_torch_delete_tensor_object(_handle);
        _handle = 0;
        _storage.Release();
        _storage = null;
#if DEBUG
        GC.SuppressFinalize(this);
#endif
    }

    public override string ToString() => Describe();

    private string Describe() => $"{Shape.Text(_sizes)} {DType.Name()} {Device}";

    /// <summary>Takes ownership of a handle that libtorch made, after checking that its shape and type are as expected.</summary>
    internal static unsafe Tensor FromHandle(nint handle, ReadOnlySpan<long> expected, DType dtype, Device device, ReadOnlySpan<byte> op)
    {
        long rank;
        long* sizes,
            strides;
        int code;
        OpCall.Check(TorchApi.aoti_torch_get_dim(handle, &rank));
        OpCall.Check(TorchApi.aoti_torch_get_sizes(handle, &sizes));
        OpCall.Check(TorchApi.aoti_torch_get_strides(handle, &strides));
        OpCall.Check(TorchApi.aoti_torch_get_dtype(handle, &code));
        var found = new ReadOnlySpan<long>(sizes, (int)rank);
        if (!found.SequenceEqual(expected) || code != (int)dtype)
        {
            var message =
                $"{Encoding.UTF8.GetString(op)}: expected a result {Shape.Text(expected)} {dtype.Name()}, "
                + $"libtorch gave {Shape.Text(found)} {((DType)code).Name()}";
            TorchApi.aoti_torch_delete_tensor_object(handle);
            throw new TorchException(message);
        }
        var storage = new Storage(device.Type, RoundUp(Shape.Count(expected) * dtype.Bytes(), device), expected, dtype);
        return new Tensor(handle, storage, expected.ToArray(), new ReadOnlySpan<long>(strides, (int)rank).ToArray(), dtype, device);
    }

    // The CUDA caching allocator hands out multiples of 512 bytes (c10/cuda/CUDACachingAllocator.cpp, kMinBlockSize).
    private static long RoundUp(long bytes, Device device) => device.UsesCuda ? (bytes + 511) / 512 * 512 : bytes;
}
