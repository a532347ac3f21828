using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>The matrices of one projection of all experts: their storage, and their products in the compute type.</summary>
/// <param name="weight">(E, out, in). Owned.</param>
/// <remarks>M rows sorted by expert, E experts, in and out widths.</remarks>
public abstract class WeightStack(Parameter weight) : IDisposable
{
    /// <summary>(E, out, in)</summary>
    public Parameter Weight { get; } = weight;

    /// <summary>Each row by its expert's matrix, <c>x Wₑᵀ</c>: (M, in) gives (M, out).</summary>
    public abstract Tensor Multiply(Tensor x, ExpertGroups groups);

    /// <summary>Each row by its expert's matrix, <c>dY Wₑ</c>: (M, out) gives (M, in).</summary>
    public abstract Tensor MultiplyTransposed(Tensor dY, ExpertGroups groups);

    /// <summary>Whether the products are grouped ones, which need no numbers on the host.</summary>
    public abstract bool UsesGrouped(KernelPolicy kernels);

    public virtual void Dispose() => Weight.Dispose();
}
