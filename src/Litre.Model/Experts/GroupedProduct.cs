using Litre.Torch;

namespace Litre.Model.Experts;

/// <summary>
/// Products of sorted rows with their expert's matrix: one grouped kernel on CUDA in bf16 where the GPU has it, else one product an
/// expert, for which the groups' ends are read once a layer and kept for all its products, those of the backward too.
/// The grouped kernel wants 16-byte aligned rows, so widths that are no multiple of 8 take the plain path.
/// </summary>
/// <remarks>M rows sorted by expert, E experts, n and k widths.</remarks>
public static class GroupedProduct
{
    /// <summary>Take one product an expert everywhere.</summary>
    public static bool ForcePlain { get; set; }

    /// <summary>Each row by its expert's matrix: (M, k) by (E, k, n), in any dense order of the last two, gives (M, n).</summary>
    public static Tensor Rows(Tensor x, Tensor matrices, ExpertGroups groups)
    {
        if (UsesGrouped(x, matrices.Size(1), matrices.Size(2))) return Ops.GroupedMatMul(x, matrices, groups.Offsets);
        var y = Tensor.Empty([x.Size(0), matrices.Size(2)], x.DType, x.Device); // (M, n)
        foreach (var (expert, start, length) in groups.Ranges(x.Size(0)))
        {
            using var scope = new TensorScope();
            Ops.AddMatMulInPlace(y.Slice(0, start, length), x.Slice(0, start, length), Matrix(matrices, expert), 0);
        }
        return y;
    }

    /// <summary>The same for a parameter's gradient; the first since it was cleared is copied, experts without rows keep their zeros.</summary>
    public static void AccumulateOuter(Parameter parameter, Tensor a, Tensor b, ExpertGroups groups)
    {
        var first = !parameter.Touched;
        AccumulateOuter(parameter.RequireGradient(), a, b, groups, first);
    }

    /// <summary>Adds each expert's Σ aᵀ b over its rows, (M, n) and (M, k), to its matrix of <paramref name="gradient"/> (E, n, k), which is all zeros where <paramref name="first"/>.</summary>
    public static void AccumulateOuter(Tensor gradient, Tensor a, Tensor b, ExpertGroups groups, bool first = false)
    {
        using var scope = new TensorScope();
        if (UsesGrouped(a, a.Size(1), b.Size(1)))
        {
            var outer = Ops.GroupedOuter(a.Transposed(), b, groups.Offsets);
            if (first) gradient.CopyFrom(outer);
            else Ops.Accumulate(gradient, outer);
            return;
        }
        foreach (var (expert, start, length) in groups.Ranges(a.Size(0)))
        {
            Ops.AddMatMulInPlace(Matrix(gradient, expert), a.Slice(0, start, length).Transposed(), b.Slice(0, start, length), first ? 0 : 1);
        }
    }

    /// <summary>Whether products of these rows and widths take the grouped kernel.</summary>
    public static bool UsesGrouped(Tensor x, long k, long n) =>
        !ForcePlain && Ops.HasGroupedMatMul(x) && k % 8 == 0 && n % 8 == 0;

    private static Tensor Matrix(Tensor matrices, int expert) => matrices.AsStrided(
        matrices.Sizes[1..], matrices.Strides[1..], expert * matrices.Strides[0]);
}
