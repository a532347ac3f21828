using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>
/// Cross entropy over answer tokens. The output head is applied to those positions alone, a block of rows at a
/// time, and each block's gradient is taken while its logits exist, so no (A, V) matrix is ever kept.
/// </summary>
/// <remarks>A answer tokens, H hidden, V vocabulary.</remarks>
public static class AnswerLoss
{
    /// <summary>Elements of one block of logits: 128 MiB in float32.</summary>
    public const long BlockElements = 1L << 25;

    /// <summary>The summed loss, and with <paramref name="save"/> the gradient of the scaled sum for the hidden states.</summary>
    /// <param name="hidden">(A, H), after the final norm.</param>
    /// <param name="head">(V, H)</param>
    /// <param name="targets">(A) int64</param>
    /// <param name="scale">What the summed loss is multiplied by before it is differentiated: 1 / answer tokens of the step.</param>
    /// <param name="save">Compute dHidden, and the head's gradient where it is trained.</param>
    /// <param name="blockElements">Logits that may exist at once; at least one row is taken.</param>
    /// <returns>The unscaled sum as a tensor of no dimensions in float32 (float64 for float64), and dHidden (A, H) or null.</returns>
    public static (Tensor Sum, Tensor? DHidden) Forward(
        Tensor hidden,
        Parameter head,
        Tensor targets,
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
            var logProbabilities = Ops.LogSoftmax(Ops.Linear(h, head.Value).To(accumulate)); // (B, V)
            var picked = Ops.Sum(Ops.Gather(logProbabilities, labels).View(-1), 0);
            sum = block.Return(Ops.Add(sum, picked, -1));
            if (!save)
                continue;
            var dLogits = Ops.Exp(logProbabilities); // (B, V) f32
            logProbabilities.Dispose();
            Ops.ScatterAddInPlace(dLogits, labels, Tensor.Full([count, 1], -1, accumulate, hidden.Device));
            var narrow = Ops.Mul(dLogits, scale).To(hidden.DType); // (B, V)
            dLogits.Dispose();
            dHidden!.Slice(0, start, count).CopyFrom(Ops.MatMul(narrow, head.Value));
            if (head.Trainable)
                head.AddGradientProduct(narrow.Transposed(), h);
        }
        return (scope.Return(sum), dHidden is null ? null : scope.Return(dHidden));
    }

    /// <summary>The loss of each answer token, without gradients.</summary>
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
