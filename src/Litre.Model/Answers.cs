using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model;

/// <summary>The tokens of a packed batch that contribute to the loss, sample after sample, on the device.</summary>
/// <remarks>A answer tokens.</remarks>
/// <param name="Rows">The tokens whose hidden states predict them (A).</param>
/// <param name="Targets">(A) int64: the tokens predicted.</param>
/// <param name="Weights">(A) float32 (float64 for float64): what each token's loss is multiplied by; null if all are one.</param>
public sealed record Answers(TokenRows Rows, Tensor Targets, Tensor? Weights = null) : IDisposable
{
    public void Dispose()
    {
        Rows.Dispose();
        Targets.Dispose();
        Weights?.Dispose();
    }
}
