using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Objectives;

/// <summary>
/// Weighted cross entropy over answer tokens. The output head is applied to those positions alone, a block of rows at a time, and each
/// block's gradient is computed while its logits exist, so that no (A, V) matrix is ever stored.
/// </summary>
/// <remarks>A answer tokens, H hidden, V vocabulary, B rows of a block.</remarks>
public sealed class CrossEntropy : IObjective
{
    /// <summary>Elements of one block of logits: 128 MiB in float32.</summary>
    public const long BlockElements = 1L << 25;

    private CrossEntropy() { }

    public static CrossEntropy Instance { get; } = new();

    public (Tensor Loss, Tensor? DHidden) Compute(Tensor hidden, Parameter head, Answers answers, double scale, bool save) =>
        Weighted(hidden, head, answers.Targets, answers.Weights, scale, save);

    /// <summary>
    /// The weighted sum of the losses, and with <paramref name="save"/> the gradient of the scaled sum for the hidden states. For any
    /// objective that is a function of the answers' log-probabilities, this is the gradient if the weights are its derivatives with
    /// respect to the tokens' losses.
    /// </summary>
    /// <param name="hidden">(A, H), after the final norm.</param>
    /// <param name="head">(V, H)</param>
    /// <param name="targets">(A) int64</param>
    /// <param name="weights">(A) float32 (float64 for float64), of any sign; null for ones.</param>
    /// <param name="scale">The factor of the sum before differentiation.</param>
    /// <param name="save">Compute dHidden, and the head's gradient if it is trained.</param>
    /// <param name="blockElements">Logits that may exist at once; at least one row is taken.</param>
    /// <returns>The unscaled sum as a tensor with no dimensions in float32 (float64 for float64), and dHidden (A, H) or null.</returns>
    public static (Tensor Sum, Tensor? DHidden) Weighted(
        Tensor hidden,
        Parameter head,
        Tensor targets,
        Tensor? weights,
        double scale,
        bool save,
        long blockElements = BlockElements
    )
    {
        using var part = OperatorProfile.Label(ModelPart.Head);
        using var scope = new TensorScope();
        var accumulate = hidden.DType.Accumulate();
        var sum = Tensor.Zeros([], accumulate, hidden.Device);
        var dHidden = save ? Tensor.Empty(hidden.Sizes, hidden.DType, hidden.Device) : null;
        var rows = Math.Max(1, blockElements / head.Value.Size(0));
        for (var start = 0L; start < hidden.Size(0); start += rows)
        {
            using var block = new TensorScope();
            var count = Math.Min(rows, hidden.Size(0) - start);
            var h = hidden.Slice(0, start, count); // (B, H)
            var labels = targets.Slice(0, start, count).View(-1, 1); // (B, 1)
            var weight = weights?.Slice(0, start, count); // (B)
            var logProbabilities = Ops.LogSoftmax(Ops.Linear(h, head.Value).To(accumulate)); // (B, V)
            var picked = Ops.Gather(logProbabilities, labels).View(-1); // (B)
            sum = block.Return(Ops.Add(sum, Ops.Sum(weight is null ? picked : Ops.Mul(picked, weight), 0), -1));
            if (!save)
                continue;
            var dLogits = Ops.Exp(logProbabilities); // (B, V) f32
            logProbabilities.Dispose();
            Ops.ScatterAddInPlace(dLogits, labels, Tensor.Full([count, 1], -1, accumulate, hidden.Device));
            var scaled = weight is null ? Ops.Mul(dLogits, scale) : Ops.Mul(dLogits, Ops.Mul(weight.View(-1, 1), scale)); // (B, V) f32
            var narrow = scaled.To(hidden.DType); // (B, V)
            dLogits.Dispose();
            dHidden!.Slice(0, start, count).CopyFrom(Ops.MatMul(narrow, head.Value));
            if (head.Trainable)
                head.AddGradientProduct(narrow.Transposed(), h);
        }
        return (scope.Return(sum), dHidden is null ? null : scope.Return(dHidden));
    }

    /// <summary>The unweighted loss of each answer token, without gradients.</summary>
    /// <param name="hidden">(A, H), after the final norm.</param>
    /// <param name="head">(V, H)</param>
    /// <param name="targets">(A) int64</param>
    /// <param name="blockElements">Logits that may exist at once; at least one row is taken.</param>
    /// <returns>(A), in float32 (float64 for float64).</returns>
    public static Tensor PerToken(Tensor hidden, Parameter head, Tensor targets, long blockElements = BlockElements)
    {
        using var part = OperatorProfile.Label(ModelPart.Head);
        using var scope = new TensorScope();
        var accumulate = hidden.DType.Accumulate();
        var losses = Tensor.Empty([hidden.Size(0)], accumulate, hidden.Device);
        var rows = Math.Max(1, blockElements / head.Value.Size(0));
        for (var start = 0L; start < hidden.Size(0); start += rows)
        {
            using var block = new TensorScope();
            var count = Math.Min(rows, hidden.Size(0) - start);
            var labels = targets.Slice(0, start, count).View(-1, 1); // (B, 1)
            var logProbabilities = Ops.LogSoftmax(Ops.Linear(hidden.Slice(0, start, count), head.Value).To(accumulate)); // (B, V)
            losses.Slice(0, start, count).CopyFrom(Ops.Mul(Ops.Gather(logProbabilities, labels).View(-1), -1));
        }
        return scope.Return(losses);
    }
}
