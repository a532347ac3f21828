using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>Values in the compute type, as part of a larger tensor or by themselves.</summary>
/// <param name="values">Ownership passes to this object.</param>
public sealed class DenseStorage(Tensor values) : WeightStorage(values.Sizes, values.DType, values.Device)
{
    private readonly Tensor _values = TensorScope.Keep(values);

    public override long Bytes => _values.Bytes;

    public override Tensor Dense => _values;

    public override Tensor Dequantize() => _values.Alias();

    public override void Dispose() => _values.Dispose();
}
