using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Model.Experts;

/// <summary>
/// Chooses k experts a token: softmax over all experts in float32, the k largest, renormalised to sum to one.
/// The backward goes through the chosen weights; which experts are chosen has no gradient.
/// </summary>
/// <remarks>T tokens, H hidden, E experts, k chosen.</remarks>
public sealed class Router(WeightSource source, string module, int experts, long hidden, int chosen) : IDisposable
{
    /// <summary>(E, H)</summary>
    public Parameter Weight { get; } = source.Make(module + ".weight", [experts, hidden]);

    /// <summary>Experts to take instead of the k most probable: (T, k) int64. For comparing two types of arithmetic.</summary>
    public Tensor? Pinned { get; set; }

    /// <summary>Shown the chosen experts (T, k) int64 of every forward.</summary>
    public Action<Tensor>? Observer { get; set; }

    /// <summary>What the backward reads: probabilities (T, E), chosen experts and their probabilities (T, k), their sums (T, 1).</summary>
    public sealed record Saved(Tensor? X, Tensor Probabilities, Tensor Chosen, Tensor Values, Tensor Sums) : IDisposable
    {
        public void Dispose()
        {
            X?.Dispose();
            Probabilities.Dispose();
            Chosen.Dispose();
            Values.Dispose();
            Sums.Dispose();
        }
    }

    /// <param name="x">(T, H)</param>
    /// <param name="save">Keep what the backward needs.</param>
    /// <returns>Chosen experts (T, k) int64 and their weights (T, k) in x's type.</returns>
    public (Tensor Experts, Tensor Weights, Saved? Saved) Forward(Tensor x, bool save)
    {
        using var scope = new TensorScope();
        var logits = Ops.Linear(x, Weight.Value); // (T, E)
        var probabilities = Ops.Softmax(logits.To(x.DType.Accumulate())); // (T, E) f32
        var (values, indices) = Pinned is null
            ? Ops.TopK(probabilities, chosen)
            : (Ops.Gather(probabilities, Pinned), Pinned.Alias()); // (T, k) f32, int64
        Observer?.Invoke(indices);
        var sums = Ops.Sum(values, -1, keep: true); // (T, 1)
        var weights = Ops.Div(values, sums).To(x.DType);
        Saved? saved = null;
        if (save)
        {
            saved = new Saved(Weight.Trainable ? TensorScope.Keep(x.Alias()) : null, TensorScope.Keep(probabilities),
                TensorScope.Keep(indices.Alias()), TensorScope.Keep(values), TensorScope.Keep(sums));
        }
        return (scope.Return(indices), scope.Return(weights), saved);
    }

    /// <param name="dWeights">(T, k)</param>
    /// <param name="saved">Of the forward; freed here.</param>
    /// <returns>dX (T, H)</returns>
    public Tensor Backward(Tensor dWeights, Saved saved)
    {
        using var scope = new TensorScope();
        var wide = dWeights.To(saved.Values.DType); // (T, k) f32
        var weights = Ops.Div(saved.Values, saved.Sums);
        var inner = Ops.Sum(Ops.Mul(wide, weights), -1, keep: true); // (T, 1)
        var dValues = Ops.Div(Ops.Add(wide, inner, -1), saved.Sums); // (T, k)
        var dProbabilities = Tensor.Zeros(saved.Probabilities.Sizes, saved.Probabilities.DType, saved.Probabilities.Device);
        Ops.ScatterAddInPlace(dProbabilities, saved.Chosen, dValues);
        var dLogits = Ops.SoftmaxBackward(dProbabilities, saved.Probabilities).To(Weight.Value.DType); // (T, E)
        if (Weight.Trainable) Weight.AddGradientProduct(dLogits.Transposed(), saved.X!);
        saved.Dispose();
        return scope.Return(Ops.MatMul(dLogits, Weight.Value));
    }

    public void Dispose() => Weight.Dispose();
}
