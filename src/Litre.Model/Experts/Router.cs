using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Experts;

/// <summary>
/// Chooses k experts per token: softmax over all experts in float32, the k largest, normalized to sum to one. The backward pass goes
/// through the chosen weights; which experts are chosen has no gradient.
/// </summary>
/// <remarks>T tokens, H hidden, E experts, k chosen.</remarks>
public sealed class Router(WeightSource source, string module, int experts, long hidden, int chosen) : IDisposable
{
    private readonly KernelPolicy _kernels = source.Kernels;

    /// <summary>(E, H)</summary>
    public Parameter Weight { get; } = source.Make(module + ".weight", [experts, hidden]);

    /// <summary>Experts to take instead of the k most probable: (T, k) int64. For comparing two types of arithmetic.</summary>
    public Tensor? Pinned { get; set; }

    /// <summary>Called with the chosen experts (T, k) int64 of every forward pass.</summary>
    public Action<Tensor>? Observer { get; set; }

    /// <summary>What the backward pass reads: the input if the weight is trained, and what the routing keeps.</summary>
    public sealed record Saved(Tensor? X, ExpertRouting.Saved Routing) : IDisposable
    {
        public void Dispose()
        {
            X?.Dispose();
            Routing.Dispose();
        }
    }

    /// <param name="x">(T, H)</param>
    /// <param name="save">Keep what the backward pass needs.</param>
    /// <returns>Chosen experts (T, k) int64 and their weights (T, k) in x's type.</returns>
    public (Tensor Experts, Tensor Weights, Saved? Saved) Forward(Tensor x, bool save)
    {
        using var scope = new TensorScope();
        var logits = Ops.Linear(x, Weight.Value); // (T, E)
        var (indices, weights, routing) = ExpertRouting.Forward(logits, chosen, Pinned, save, _kernels);
        Observer?.Invoke(indices);
        var saved = save ? new Saved(Weight.Trainable ? TensorScope.Keep(x.Alias()) : null, routing!) : null;
        return (scope.Return(indices), scope.Return(weights), saved);
    }

    /// <param name="dWeights">(T, k), or (T k, 1) of rows sorted by expert.</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    /// <param name="inverse">(T k) int64: where each token's rows are, for sorted rows.</param>
    /// <returns>dX (T, H)</returns>
    public Tensor Backward(Tensor dWeights, Saved saved, Tensor? inverse = null)
    {
        using var scope = new TensorScope();
        var dLogits = ExpertRouting.Backward(dWeights, saved.Routing, inverse); // (T, E)
        if (Weight.Trainable)
            Weight.AddGradientProduct(dLogits.Transposed(), saved.X!);
        saved.Dispose();
        return scope.Return(Ops.MatMul(dLogits, Weight.Value));
    }

    public void Dispose() => Weight.Dispose();
}
