using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Products of sorted rows with their expert's matrix: on CUDA in bf16 by a kernel, elsewhere one product per expert. libtorch's
/// kernel, if the GPU supports it, is faster for many rows and wide matrices; Litre's is used for few rows, for adapters, and if there
/// is no other. Both need 16-byte aligned rows, so widths that are not a multiple of 8 use one product at a time.
/// </summary>
/// <remarks>M rows sorted by expert, E experts, n and k widths.</remarks>
public static class GroupedProduct
{
    /// <summary>Litre's own kernels, and whether a device supports them.</summary>
    public static FusedOperation Kernel { get; } = new("grouped products", Check);

    /// <summary>
    /// Each row by its expert's matrix, times <paramref name="scale"/>: (M, k) by (E, k, n), in any dense order of the last two,
    /// gives (M, n).
    /// </summary>
    public static Tensor Rows(Tensor x, Tensor matrices, ExpertGroups groups, double scale = 1) =>
        Rows(x, matrices, groups, KernelFor(x, matrices.Size(1), matrices.Size(2), groups.Experts, groups.Kernels), scale);

    /// <summary>The same by one kernel.</summary>
    public static Tensor Rows(Tensor x, Tensor matrices, ExpertGroups groups, GroupedKernel kernel, double scale = 1)
    {
        if (kernel == GroupedKernel.Own)
            return KernelOps.ExpertRows(x, matrices, groups.Offsets, scale);
        if (scale != 1)
        {
            using var product = Rows(x, matrices, groups, kernel);
            return Ops.Mul(product, scale);
        }
        if (kernel == GroupedKernel.Libtorch)
            return Ops.GroupedMatMul(x, matrices, groups.Offsets);
        var y = Tensor.Empty([x.Size(0), matrices.Size(2)], x.DType, x.Device); // (M, n)
        foreach (var (expert, start, length) in groups.Ranges(x.Size(0)))
        {
            using var scope = new TensorScope();
            Ops.AddMatMulInPlace(y.Slice(0, start, length), x.Slice(0, start, length), Matrix(matrices, expert), 0);
        }
        return y;
    }

    /// <summary>
    /// The sum of <paramref name="y"/> (M, n) and such a product; y itself where Litre's kernel adds to it, so that no other code may
    /// need it.
    /// </summary>
    public static Tensor AddRows(Tensor y, Tensor x, Tensor matrices, ExpertGroups groups, double scale) =>
        AddRows(y, x, matrices, groups, KernelFor(x, matrices.Size(1), matrices.Size(2), groups.Experts, groups.Kernels), scale);

    /// <summary>The same by one kernel.</summary>
    public static Tensor AddRows(Tensor y, Tensor x, Tensor matrices, ExpertGroups groups, GroupedKernel kernel, double scale)
    {
        if (kernel == GroupedKernel.Own)
            return KernelOps.AddExpertRowsInPlace(y, x, matrices, groups.Offsets, scale);
        using var product = Rows(x, matrices, groups, kernel);
        return Ops.Add(y, product, scale);
    }

    /// <summary>
    /// The same for a parameter's gradient; the first since it was cleared is copied, experts without rows keep their zeros.
    /// </summary>
    public static void AccumulateOuter(Parameter parameter, Tensor a, Tensor b, ExpertGroups groups)
    {
        var first = !parameter.HasAccumulated;
        AccumulateOuter(parameter.RequireGradient(), a, b, groups, first);
    }

    /// <summary>
    /// Adds each expert's Σ aᵀ b over its rows, (M, n) and (M, k), to its matrix of <paramref name="gradient"/> (E, n, k), which is
    /// all zeros where <paramref name="first"/>.
    /// </summary>
    public static void AccumulateOuter(Tensor gradient, Tensor a, Tensor b, ExpertGroups groups, bool first = false) =>
        AccumulateOuter(gradient, a, b, groups, KernelFor(a, a.Size(1), b.Size(1), groups.Experts, groups.Kernels), first);

    /// <summary>The same by one kernel.</summary>
    public static void AccumulateOuter(Tensor gradient, Tensor a, Tensor b, ExpertGroups groups, GroupedKernel kernel, bool first = false)
    {
        using var scope = new TensorScope();
        if (kernel != GroupedKernel.None)
        {
            var outer =
                kernel == GroupedKernel.Own
                    ? KernelOps.ExpertOuter(a, b, groups.Offsets)
                    : Ops.GroupedOuter(a.Transposed(), b, groups.Offsets);
            if (first)
                gradient.CopyFrom(outer);
            else
                Ops.Accumulate(gradient, outer);
            return;
        }
        foreach (var (expert, start, length) in groups.Ranges(a.Size(0)))
        {
            Ops.AddMatMulInPlace(
                Matrix(gradient, expert),
                a.Slice(0, start, length).Transposed(),
                b.Slice(0, start, length),
                first ? 0 : 1
            );
        }
    }

    /// <summary>
    /// What makes products of these rows by matrices of these widths. A meta device counts as a GPU that supports libtorch's kernel.
    /// </summary>
    public static GroupedKernel KernelFor(Tensor x, long k, long n, int experts, KernelPolicy kernels)
    {
        if (x.DType != DType.BFloat16 || !KernelOps.HasExpertKernels(k, n))
            return GroupedKernel.None;
        var only = kernels.Options.Grouped;
        var libtorch = only is (null or GroupedKernel.Libtorch) && Ops.HasGroupedMatMul(x);
        var own = only switch
        {
            // For few rows and narrow matrices libtorch's kernel is the slower one (docs/log.md).
            null => x.Device.UsesCuda
                && (!libtorch || Math.Min(k, n) <= KernelOps.NarrowColumns || x.Size(0) < KernelOps.FewExpertRows * (long)experts)
                && Kernel.Supports(x.DType, x.Device, kernels.Options),
            GroupedKernel.Own => Kernel.Supports(x.DType, x.Device, kernels.Options),
            _ => false,
        };
        return own ? GroupedKernel.Own
            : libtorch ? GroupedKernel.Libtorch
            : GroupedKernel.None;
    }

    /// <summary>Whether products of some rows with these matrices (E, n, k), either way round, are made by a grouped kernel.</summary>
    public static bool IsGrouped(Tensor matrices, KernelPolicy kernels) =>
        KernelFor(matrices, matrices.Size(1), matrices.Size(2), 1, kernels) != GroupedKernel.None;

    private static Tensor Matrix(Tensor matrices, int expert) =>
        matrices.AsStrided(matrices.Sizes[1..], matrices.Strides[1..], expert * matrices.Strides[0]);

    // Every tile: many rows, some and few, wide and narrow; experts without rows, and widths that end within a tile.
    private static double Check(Device device)
    {
        if (!KernelOps.HasExpertKernels(device))
            throw new NotSupportedException("products by expert need a GPU of compute capability 8.0 or newer");
        int[][] groups =
        [
            [3, 3, 4],
            [70, 0, 40, 90],
            [0, 300, 150],
        ];
        var worst = 0.0;
        foreach (var lengths in groups)
        {
            var (rows, experts) = (lengths.Sum(), lengths.Length);
            var end = 0;
            using var ends = new ExpertGroups(Tensor.From<int>([.. lengths.Select(length => end += length)], device), new KernelPolicy());
            foreach (var (k, n) in ((int, int)[])[(168, 136), (136, 24), (24, 136)])
            {
                using var scope = new TensorScope();
                var (x, y) = (KernelSample.Normal(device, 1, rows, k), KernelSample.Normal(device, 2, rows, n));
                var (flat, deep) = (
                    KernelSample.Normal(device, 3, experts, k, n),
                    KernelSample.Normal(device, 4, experts, n, k).Transposed()
                );
                worst = Math.Max(
                    worst,
                    KernelSample.MaxError(
                        (Rows(x, flat, ends, GroupedKernel.Own), Rows(x, flat, ends, GroupedKernel.None)),
                        (Rows(x, deep, ends, GroupedKernel.Own), Rows(x, deep, ends, GroupedKernel.None)),
                        (AddRows(y.Clone(), x, flat, ends, GroupedKernel.Own, 0.5), AddRows(y, x, flat, ends, GroupedKernel.None, 0.5)),
                        (Outer(x, y, GroupedKernel.Own), Outer(x, y, GroupedKernel.None))
                    )
                );

                Tensor Outer(Tensor a, Tensor b, GroupedKernel kernel)
                {
                    var sums = Tensor.Zeros([experts, a.Size(1), b.Size(1)], DType.Float32, device);
                    AccumulateOuter(sums, a, b, ends, kernel);
                    return sums;
                }
            }
        }
        return worst;
    }
}
