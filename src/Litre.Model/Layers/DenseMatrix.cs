using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>A matrix in the compute type, all parts in one tensor.</summary>
internal sealed class DenseMatrix : WeightMatrix
{
    private readonly Tensor _whole; // (out, in)

    /// <param name="whole">(out, in)</param>
    /// <param name="parts">Views of its rows.</param>
    public DenseMatrix(Tensor whole, IReadOnlyList<Parameter> parts)
        : base(parts) => _whole = TensorScope.Keep(whole);

    public override Tensor Multiply(Tensor x, Tensor? bias) => Ops.Linear(x, _whole, bias);

    public override Tensor MultiplyGelu(Tensor x, Tensor bias) => Ops.LinearGelu(x, _whole, bias);

    public override Tensor MultiplyTransposed(Tensor dY) => Ops.MatMul(dY, _whole);

    public override void Dispose()
    {
        base.Dispose();
        _whole.Dispose();
    }
}
