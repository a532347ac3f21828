using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Objectives;

/// <summary>
/// What a model is trained for: from the hidden states that predict answer tokens to a loss and its gradient for them. It applies the
/// output head by itself, as often as it needs: once where each token's loss is alone, before it decides on weights where a loss
/// compares whole answers (<see cref="CrossEntropy.PerToken"/> gives the log-probabilities, negated).
/// </summary>
/// <remarks>A answer tokens, H hidden, V vocabulary.</remarks>
public interface IObjective
{
    /// <param name="hidden">(A, H), after the final norm.</param>
    /// <param name="head">(V, H); where it is trained, its gradient is added with <paramref name="save"/>.</param>
    /// <param name="answers">The tokens predicted, and their weights.</param>
    /// <param name="scale">What the loss is multiplied by before it is differentiated: 1 / answer tokens of the step.</param>
    /// <param name="save">Compute gradients; without, the loss alone is wanted.</param>
    /// <returns>The unscaled loss as a tensor of no dimensions in float32 (float64 for float64), and dHidden (A, H) or null.</returns>
    (Tensor Loss, Tensor? DHidden) Compute(Tensor hidden, Parameter head, Answers answers, double scale, bool save);
}
