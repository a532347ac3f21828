using Litre.Torch.Native;

namespace Litre.Torch;

public sealed partial class Tensor
{
    /// <summary>A dense tensor whose elements are not set.</summary>
    public static Tensor Empty(ReadOnlySpan<long> sizes, DType dtype, Device device) =>
        EmptyStrided(sizes, Shape.ContiguousStrides(sizes), dtype, device);

    /// <summary>A tensor in page-locked host memory, for copies that overlap with work on a CUDA device.</summary>
    public static unsafe Tensor Pinned(ReadOnlySpan<long> sizes, DType dtype)
    {
        var strides = Shape.ContiguousStrides(sizes);
        nint handle;
        fixed (
            long* s = sizes,
                t = strides
        )
            OpCall.Check(TorchApi.aoti_torch_empty_strided_pinned(sizes.Length, s, t, (int)dtype, 0, 0, &handle));
        return FromHandle(handle, sizes, dtype, Device.Cpu, "empty (pinned)"u8);
    }

    /// <summary>
    /// A dense tensor over memory of the caller, who keeps it for as long as the tensor and its views exist.
    /// The <see cref="MemoryLedger"/> does not count it.
    /// </summary>
    /// <param name="data">The address of the first element, aligned to the type, on <paramref name="device"/>.</param>
    /// <param name="sizes">Sizes.</param>
    /// <param name="dtype">Type.</param>
    /// <param name="device">The memory's device; not a meta device.</param>
    public static unsafe Tensor FromBlob(nint data, ReadOnlySpan<long> sizes, DType dtype, Device device)
    {
        if (device.IsMeta)
            throw new InvalidOperationException("a tensor on the meta device cannot use existing memory");
        if (data % dtype.Bytes() != 0)
            throw new ArgumentException($"address {data:X} is not aligned to {dtype.Name()}");
        OpCall.DisableGradMode();
        var strides = Shape.ContiguousStrides(sizes);
        nint handle;
        fixed (
            long* s = sizes,
                t = strides
        )
        {
            OpCall.Check(
                TorchApi.aoti_torch_create_tensor_from_blob(
                    (void*)data,
                    sizes.Length,
                    s,
                    t,
                    0,
                    (int)dtype,
                    (int)device.Type,
                    device.Index,
                    &handle
                )
            );
        }
        return new Tensor(handle, new Storage(device.Type, 0, sizes, dtype), sizes.ToArray(), strides, dtype, device);
    }

    public static Tensor Zeros(ReadOnlySpan<long> sizes, DType dtype, Device device) => Empty(sizes, dtype, device).Zero();

    public static Tensor Full(ReadOnlySpan<long> sizes, double value, DType dtype, Device device) =>
        Empty(sizes, dtype, device).Fill(value);

    /// <summary>A tensor without dimensions, for use as an operator's second operand.</summary>
    public static Tensor Scalar(double value, DType dtype, Device device) => Full([], value, dtype, device);

    /// <summary>A copy of <paramref name="values"/> on <paramref name="device"/>.</summary>
    /// <exception cref="ArgumentException">The number of values is not the product of the sizes.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> sizes, Device device)
        where T : unmanaged
    {
        var dtype = TypeOf<T>();
        if (values.Length != Shape.Count(sizes))
            throw new ArgumentException($"{values.Length} values do not fill {Shape.Text(sizes)}");
        var tensor = Empty(sizes, dtype, device);
        if (device.IsMeta || values.IsEmpty)
            return tensor;
        if (device.Type == DeviceType.Cpu)
        {
            values.CopyTo(tensor.Data<T>());
            return tensor;
        }
        // libtorch reuses page-locked memory for the next tensor, but not before the copy is complete.
        using var host = Pinned(sizes, dtype);
        values.CopyTo(host.Data<T>());
        return tensor.CopyFrom(host, nonBlocking: true);
    }

    public static Tensor From<T>(T[] values, Device device)
        where T : unmanaged => From<T>(values, [values.Length], device);

    /// <summary>The elements of a dense CPU tensor, in place.</summary>
    public unsafe Span<T> Data<T>()
        where T : unmanaged
    {
        if (Device.Type != DeviceType.Cpu || !IsContiguous || DType.Bytes() != sizeof(T))
            throw new InvalidOperationException($"elements of {this} cannot be read in place as {typeof(T).Name}");
        return new Span<T>((void*)DataPointer, checked((int)Count));
    }

    /// <summary>All elements in row-major order, copied to the host. Waits for the device.</summary>
    public T[] ToArray<T>()
        where T : unmanaged
    {
        var dtype = TypeOf<T>();
        if (dtype != DType)
            throw new InvalidOperationException($"elements of {this} cannot be read as {dtype.Name()}");
        if (Device.IsMeta)
            throw new InvalidOperationException($"{this} has no data");
        using var host = Empty(_sizes, DType, Device.Cpu).CopyFrom(this);
        return host.Count == 0 ? [] : host.Data<T>().ToArray();
    }

    /// <summary>All elements as float64, for any type. Waits for the device.</summary>
    public double[] ToDoubles()
    {
        if (Device.IsMeta)
            throw new InvalidOperationException($"{this} has no data");
        using var host = Empty(_sizes, DType.Float64, Device.Cpu);
        using var native = Empty(_sizes, DType, Device.Cpu).CopyFrom(this);
        host.CopyFrom(native);
        return host.Count == 0 ? [] : host.Data<double>().ToArray();
    }

    /// <summary>The only element, as float64. Waits for the device.</summary>
    public double Item() =>
        Count == 1 ? ToDoubles()[0] : throw new InvalidOperationException($"{this} has {Count} elements, one was expected");

    private static DType TypeOf<T>() =>
        default(T) switch
        {
            float => DType.Float32,
            double => DType.Float64,
            long => DType.Int64,
            int => DType.Int32,
            byte => DType.UInt8,
            sbyte => DType.Int8,
            short => DType.Int16,
            bool => DType.Bool,
            Half => DType.Float16,
            ushort => DType.BFloat16,
            _ => throw new NotSupportedException($"{typeof(T).Name} is not an element type"),
        };

    private static unsafe Tensor EmptyStrided(ReadOnlySpan<long> sizes, long[] strides, DType dtype, Device device)
    {
        foreach (var size in sizes)
        {
            if (size < 0)
                throw new ArgumentException($"empty: negative size in {Shape.Text(sizes)}");
        }
        if (device.IsMeta)
        {
            var bytes = RoundUp(Shape.Count(sizes) * dtype.Bytes(), device);
            return new Tensor(0, new Storage(device.Type, bytes, sizes, dtype), sizes.ToArray(), strides, dtype, device);
        }
        OpCall.DisableGradMode();
        nint handle;
        fixed (
            long* s = sizes,
                t = strides
        )
        {
            OpCall.Check(TorchApi.aoti_torch_empty_strided(sizes.Length, s, t, (int)dtype, (int)device.Type, device.Index, &handle));
        }
        return FromHandle(handle, sizes, dtype, device, "empty"u8);
    }
}
