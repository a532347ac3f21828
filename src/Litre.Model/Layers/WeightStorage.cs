using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>The stored values of one parameter.</summary>
/// <param name="sizes">The sizes of the values.</param>
/// <param name="computeType">The type that they are computed with.</param>
/// <param name="device">The device of the weights.</param>
public abstract class WeightStorage(ReadOnlySpan<long> sizes, DType computeType, Device device) : IDisposable
{
    private readonly long[] _sizes = sizes.ToArray();

    public ReadOnlySpan<long> Sizes => _sizes;

    /// <summary>The type that they are computed with, which need not be the one that they are in.</summary>
    public DType ComputeType { get; } = computeType;

    public Device Device { get; } = device;

    /// <summary>Their memory in bytes.</summary>
    public abstract long Bytes { get; }

    /// <summary>The values themselves if they are in the compute type, so that they can be written and trained; otherwise null.</summary>
    public abstract Tensor? Dense { get; }

    /// <summary>The values in the compute type: a new handle on them, or new memory. To be read only.</summary>
    public abstract Tensor Dequantize();

    public abstract void Dispose();
}
