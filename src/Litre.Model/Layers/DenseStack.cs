using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>Experts' matrices in the compute type, in one tensor.</summary>
/// <param name="weight">(E, out, in)</param>
internal sealed class DenseStack(Parameter weight) : WeightStack(weight)
{
    public override Tensor Multiply(Tensor x, ExpertGroups groups) => GroupedProduct.Rows(x, Weight.Value.Transposed(), groups);

    public override Tensor MultiplyTransposed(Tensor dY, ExpertGroups groups) => GroupedProduct.Rows(dY, Weight.Value, groups);

    public override bool UsesGrouped(KernelPolicy kernels) => GroupedProduct.IsGrouped(Weight.Value, kernels);
}
