using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>Weights without values, for planning.</summary>
/// <param name="dtype">Type of the weights.</param>
/// <param name="kernels">The device type whose kernels are assumed.</param>
public sealed class MetaSource(DType dtype, DeviceType kernels) : WeightSource(dtype, Device.Meta(kernels))
{
    protected override void Read(string key, Tensor destination) { }
}
