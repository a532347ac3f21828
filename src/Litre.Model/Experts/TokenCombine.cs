using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Experts;

/// <summary>
/// Rows of the experts back in token order, the k rows of a token summed. On CUDA in bf16 one kernel, elsewhere plain operators.
/// </summary>
/// <remarks>T tokens, H hidden, k chosen per token, M = T k rows.</remarks>
public static class TokenCombine
{
    private const int Chosen = 3; // of the check

    /// <summary>The kernel, and whether a device supports it.</summary>
    public static FusedOperation Kernel { get; } = new("combining experts", Check);

    /// <param name="rows">(M, H), sorted by expert.</param>
    /// <param name="inverse">(M) int64: where each token's rows are.</param>
    /// <param name="chosen">k</param>
    /// <param name="residual">(T, H), to which the sums are added.</param>
    /// <param name="kernels">The kernels that may be used.</param>
    /// <returns>(T, H)</returns>
    public static Tensor Forward(Tensor rows, Tensor inverse, int chosen, Tensor residual, KernelPolicy kernels) =>
        Kernel.Supports(rows, kernels) ? KernelOps.CombineRows(rows, inverse, chosen, residual) : Plain(rows, inverse, chosen, residual);

    private static Tensor Plain(Tensor rows, Tensor inverse, int chosen, Tensor residual)
    {
        using var scope = new TensorScope();
        var sums = Sums(rows, inverse, chosen); // (T, H)
        return scope.Return(Ops.Add(residual, sums));
    }

    // Of its own, so that the gathered rows are freed before the residual is added.
    private static Tensor Sums(Tensor rows, Tensor inverse, int chosen)
    {
        using var scope = new TensorScope();
        return scope.Return(Ops.Sum(Ops.Rows(rows, inverse).View(-1, chosen, rows.Size(1)), 1));
    }

    private static double Check(Device device)
    {
        var places = Enumerable.Range(0, 19 * Chosen).Select(i => (long)i).ToArray();
        new Random(1).Shuffle(places);
        var (rows, inverse, residual) = (
            KernelSample.Normal(device, 2, places.Length, 136),
            Tensor.From(places, device),
            KernelSample.Normal(device, 3, 19, 136)
        );
        return KernelSample.MaxError((KernelOps.CombineRows(rows, inverse, Chosen, residual), Plain(rows, inverse, Chosen, residual)));
    }
}
