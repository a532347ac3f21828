using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Experts;

/// <summary>
/// Softmax over all experts in float32, the k largest, normalized, and the backward pass of that. On CUDA in bf16 one kernel each way,
/// elsewhere plain operators. Normalizing cancels the softmax's sum over all experts, so the kernel's backward needs the k weights
/// only, where the plain one reads all probabilities.
/// </summary>
/// <remarks>T tokens, E experts, k chosen.</remarks>
public static class ExpertRouting
{
    /// <summary>The kernel, and whether a device supports it.</summary>
    public static FusedOperation Kernel { get; } = new("routing", Check);

    /// <summary>
    /// What the backward pass reads: chosen experts (T, k), and either their weights (T, k) or the probabilities of all (T, E), of the
    /// chosen (T, k) and their sums (T, 1).
    /// </summary>
    public sealed record Saved(
        Tensor Chosen,
        Tensor? Weights,
        Tensor? Probabilities,
        Tensor? Values,
        Tensor? Sums,
        int Experts,
        DType DType
    ) : IDisposable
    {
        public void Dispose()
        {
            Chosen.Dispose();
            Weights?.Dispose();
            Probabilities?.Dispose();
            Values?.Dispose();
            Sums?.Dispose();
        }
    }

    /// <param name="logits">(T, E)</param>
    /// <param name="chosen">k</param>
    /// <param name="pinned">Experts to take instead of the k most probable: (T, k) int64, or null.</param>
    /// <param name="save">Keep what the backward pass needs.</param>
    /// <param name="kernels">The kernels that may be used.</param>
    /// <returns>Chosen experts (T, k) int64 and their weights (T, k) in the logits' type.</returns>
    public static (Tensor Chosen, Tensor Weights, Saved? Saved) Forward(
        Tensor logits,
        int chosen,
        Tensor? pinned,
        bool save,
        KernelPolicy kernels
    )
    {
        if (!KernelOps.HasRoutingKernels((int)logits.Size(1), chosen) || !Kernel.Supports(logits, kernels))
            return PlainForward(logits, chosen, pinned, save);
        using var scope = new TensorScope();
        var (experts, weights, exact) = KernelOps.Route(logits, chosen, pinned, exact: save);
        var saved = save
            ? new Saved(TensorScope.Keep(experts.Alias()), TensorScope.Keep(exact!), null, null, null, (int)logits.Size(1), logits.DType)
            : null;
        return (scope.Return(experts), scope.Return(weights), saved);
    }

    /// <param name="dWeights">(T, k), in the logits' type or float32; or (M, 1) of rows sorted by expert.</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    /// <param name="inverse">(M) int64: where each token's rows are, for sorted rows.</param>
    /// <returns>dLogits (T, E)</returns>
    public static Tensor Backward(Tensor dWeights, Saved saved, Tensor? inverse = null)
    {
        using var scope = new TensorScope();
        var dLogits = saved.Weights is null
            ? PlainBackward(inverse is null ? dWeights : Ops.Rows(dWeights, inverse).View(saved.Chosen.Sizes), saved)
            : KernelOps.RouteBackward(dWeights.To(DType.Float32), saved.Weights, saved.Chosen, saved.Experts, inverse);
        saved.Dispose();
        return scope.Return(dLogits);
    }

    private static (Tensor Chosen, Tensor Weights, Saved? Saved) PlainForward(Tensor logits, int chosen, Tensor? pinned, bool save)
    {
        using var scope = new TensorScope();
        var probabilities = Ops.Softmax(logits.To(logits.DType.Accumulate())); // (T, E) f32
        // (T, k) f32, int64
        var (values, indices) = pinned is null ? Ops.TopK(probabilities, chosen) : (Ops.Gather(probabilities, pinned), pinned.Alias());
        var sums = Ops.Sum(values, -1, keep: true); // (T, 1)
        var weights = Ops.Div(values, sums).To(logits.DType);
        Saved? saved = null;
        if (save)
        {
            saved = new Saved(
                TensorScope.Keep(indices.Alias()),
                null,
                TensorScope.Keep(probabilities),
                TensorScope.Keep(values),
                TensorScope.Keep(sums),
                (int)logits.Size(1),
                logits.DType
            );
        }
        return (scope.Return(indices), scope.Return(weights), saved);
    }

    private static Tensor PlainBackward(Tensor dWeights, Saved saved)
    {
        using var scope = new TensorScope();
        var (probabilities, values, sums) = (saved.Probabilities!, saved.Values!, saved.Sums!);
        var wide = dWeights.To(values.DType); // (T, k) f32
        var weights = Ops.Div(values, sums);
        var inner = Ops.Sum(Ops.Mul(wide, weights), -1, keep: true); // (T, 1)
        var dValues = Ops.Div(Ops.Add(wide, inner, -1), sums); // (T, k)
        var dProbabilities = Tensor.Zeros(probabilities.Sizes, probabilities.DType, probabilities.Device);
        Ops.ScatterAddInPlace(dProbabilities, saved.Chosen, dValues);
        return scope.Return(Ops.SoftmaxBackward(dProbabilities, probabilities).To(saved.DType)); // (T, E)
    }

    private static double Check(Device device)
    {
        const int Tokens = 23,
            Experts = 60,
            Chosen = 8;
        // No two logits of a token are equal, so that there is one answer.
        var random = new Random(1);
        var values = Enumerable
            .Range(0, Tokens)
            .SelectMany(_ =>
            {
                var row = Enumerable.Range(0, Experts).Select(e => e / 16f).ToArray();
                random.Shuffle(row);
                return row;
            })
            .ToArray();
        using var host = Tensor.From<float>(values, [Tokens, Experts], Device.Cpu).To(DType.BFloat16);
        var logits = host.To(device);
        var dWeights = KernelSample.Normal(device, 2, Tokens, Chosen).To(DType.Float32);
        var (chosen, weights, exact) = KernelOps.Route(logits, Chosen, null, exact: true);
        var dLogits = KernelOps.RouteBackward(dWeights, exact!, chosen, Experts);
        var (plain, plainWeights, saved) = PlainForward(logits, Chosen, null, save: true);
        using var kept = saved!;
        // The same slopes in another order, as the experts' rows give them.
        var places = Enumerable.Range(0, Tokens * Chosen).Select(i => (long)i).ToArray();
        random.Shuffle(places);
        var sorted = new long[places.Length];
        for (var i = 0; i < places.Length; i++)
            sorted[places[i]] = i;
        var slopes = Ops.Rows(dWeights.View(-1, 1), Tensor.From(sorted, device));
        var ofSorted = KernelOps.RouteBackward(slopes, exact!, chosen, Experts, Tensor.From(places, device));
        return KernelSample.AreEqual(chosen, plain) && KernelSample.AreEqual(ofSorted, dLogits)
            ? KernelSample.MaxError((weights, plainWeights), (dLogits, PlainBackward(dWeights, kept)))
            : double.PositiveInfinity;
    }
}
