using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Experts;

/// <summary>
/// The order of all tokens' rows by expert, rows of one expert in the order of tokens. On CUDA a counting sort in three kernels,
/// elsewhere two stable sorts.
/// </summary>
/// <remarks>T tokens, E experts, k chosen per token, M = T k rows.</remarks>
public static class ExpertSort
{
    /// <summary>The kernel, and whether a device supports it.</summary>
    public static FusedOperation Kernel { get; } = new("sorting by expert", Check);

    /// <param name="chosen">(T, k) int64</param>
    /// <param name="weights">(T, k), the tokens' weights for them.</param>
    /// <param name="experts">E</param>
    /// <param name="kernels">The kernels that may be used.</param>
    /// <returns>The token of each sorted row (M) int64, where each row went (M) int64, its weight (M, 1), and the groups.</returns>
    public static (Tensor Tokens, Tensor Inverse, Tensor Weights, ExpertGroups Groups) Forward(
        Tensor chosen,
        Tensor weights,
        int experts,
        KernelPolicy kernels
    )
    {
        if (!KernelOps.HasRoutingKernels(experts, (int)chosen.Size(1)) || !Kernel.Supports(weights, kernels))
            return Plain(chosen, weights, experts, kernels);
        var (tokens, inverse, sorted, ends) = KernelOps.SortByExpert(chosen, weights, experts);
        return (tokens, inverse, sorted, new ExpertGroups(ends, kernels));
    }

    private static (Tensor Tokens, Tensor Inverse, Tensor Weights, ExpertGroups Groups) Plain(
        Tensor chosen,
        Tensor weights,
        int experts,
        KernelPolicy kernels
    )
    {
        using var scope = new TensorScope();
        var (sorted, order) = Ops.SortStable(chosen.View(-1)); // (M) int64 each
        var tokens = Ops.FloorDiv(order, Tensor.Scalar(chosen.Size(1), DType.Int64, chosen.Device)); // (M)
        var (_, inverse) = Ops.SortStable(order); // (M)
        var ends = Ops.CountNotLarger(sorted, Numbers(experts, chosen.Device)); // (E)
        return (
            scope.Return(tokens),
            scope.Return(inverse),
            scope.Return(Ops.Rows(weights.View(-1, 1), order)),
            new ExpertGroups(scope.Return(ends), kernels)
        );
    }

    private static Tensor Numbers(int experts, Device device)
    {
        var numbers = new long[experts];
        for (var e = 0; e < experts; e++)
            numbers[e] = e;
        return Tensor.From(numbers, device);
    }

    // Rows of many tiles, and as few as have a kernel for themselves.
    private static double Check(Device device)
    {
        const int Experts = 60,
            Chosen = 8;
        var random = new Random(1);
        foreach (var count in (int[])[700, 20])
        {
            using var scope = new TensorScope();
            var chosen = Tensor.From<long>(
                [.. Enumerable.Range(0, count * Chosen).Select(_ => (long)random.Next(Experts))],
                [count, Chosen],
                device
            );
            var weights = KernelSample.Normal(device, 2, count, Chosen);
            var (tokens, inverse, sorted, ends) = KernelOps.SortByExpert(chosen, weights, Experts);
            var (plainTokens, plainInverse, plainSorted, groups) = Plain(chosen, weights, Experts, new KernelPolicy());
            if (
                !KernelSample.AreEqual(tokens, plainTokens)
                || !KernelSample.AreEqual(inverse, plainInverse)
                || !KernelSample.AreEqual(sorted, plainSorted)
                || !KernelSample.AreEqual(ends, groups.Offsets)
            )
                return double.PositiveInfinity;
        }
        return 0;
    }
}
