using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// What a model's layers are built from: makes their weight tensors, from a checkpoint, at random, or as shapes alone, and says by
/// which kernels they compute.
/// </summary>
/// <param name="dtype">Type of the weights.</param>
/// <param name="device">Where they lie.</param>
public abstract class WeightSource(DType dtype, Device device)
{
    public DType DType { get; } = dtype;

    public Device Device { get; } = device;

    /// <summary>How the layers that are built choose their kernels.</summary>
    public KernelPolicy Kernels { get; init; } = new();

    /// <summary>An unset tensor of the model's type and device.</summary>
    public Tensor Allocate(ReadOnlySpan<long> sizes) => Tensor.Empty(sizes, DType, Device);

    /// <summary>
    /// Sets <paramref name="destination"/>, which may be part of a larger tensor, to the values of <paramref name="key"/>.
    /// </summary>
    public Parameter Fill(string key, Tensor destination)
    {
        Read(key, destination);
        return new Parameter(key, destination);
    }

    /// <summary>A tensor of its own with the values of <paramref name="key"/>.</summary>
    public Parameter Make(string key, ReadOnlySpan<long> sizes) => Fill(key, Allocate(sizes));

    /// <summary>Writes the values of <paramref name="key"/> into <paramref name="destination"/>, which on a meta device has none.</summary>
    protected abstract void Read(string key, Tensor destination);
}
