using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Objectives;

/// <summary>
/// The training objective: computes a loss and its gradient from the hidden states that predict answer tokens. It applies the output
/// head itself, as often as it needs: once if each token's loss is independent, and before it determines weights if a loss compares
/// whole answers (<see cref="CrossEntropy.PerToken"/> gives the log-probabilities, negated).
/// </summary>
/// <remarks>A answer tokens, H hidden, V vocabulary.</remarks>
public interface IObjective
{
    /// <param name="hidden">(A, H), after the final norm.</param>
    /// <param name="head">(V, H); if it is trained, its gradient is added with <paramref name="save"/>.</param>
    /// <param name="answers">The tokens predicted, and their weights.</param>
    /// <param name="scale">The factor of the loss before differentiation: 1 / answer tokens of the step.</param>
    /// <param name="save">Whether to compute gradients in addition to the loss.</param>
    /// <returns>The unscaled loss as a tensor with no dimensions in float32 (float64 for float64), and dHidden (A, H) or null.</returns>
    (Tensor Loss, Tensor? DHidden) Compute(Tensor hidden, Parameter head, Answers answers, double scale, bool save);
}
