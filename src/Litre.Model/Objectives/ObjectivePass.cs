using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Objectives;

/// <summary>Combines a model and an objective: forward pass, loss and, in training, backward pass over one micro-batch.</summary>
public static class ObjectivePass
{
    /// <summary>Adds the gradients of the loss times <paramref name="scale"/> to the model's trained parameters.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">Packed sequences with answer tokens.</param>
    /// <param name="scale">1 / answer tokens of the whole step.</param>
    /// <param name="recompute">Which layers the backward pass recomputes.</param>
    /// <param name="dropout">Masks, or null.</param>
    /// <param name="objective">The objective; null for the cross entropy.</param>
    /// <param name="adapters">See <see cref="AdapterBank.Select"/>; adapters that are not selected get no gradients.</param>
    /// <returns>The unscaled loss (no dimensions), on the model's device.</returns>
    /// <exception cref="ArgumentException">The batch has no answer tokens.</exception>
    public static Tensor TrainingPass(
        this CausalModel model,
        PackedBatch batch,
        double scale,
        Recompute recompute,
        DropoutMasks? dropout = null,
        IObjective? objective = null,
        AdapterSelection? adapters = null
    )
    {
        using var scope = new TensorScope();
        var answers = batch.RequireAnswers();
        var (hidden, saved) = model.Forward(batch, new Pass(true, dropout), answers.Rows, recompute, adapters: adapters); // (A, H)
        var (loss, dHidden) = (objective ?? CrossEntropy.Instance).Compute(hidden, model.Text.Head, answers, scale, save: true);
        hidden.Dispose();
        model.Backward(dHidden!, saved!);
        return scope.Return(loss);
    }

    /// <summary>The loss of a micro-batch without gradients, as a tensor with no dimensions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">Packed sequences with answer tokens.</param>
    /// <param name="objective">Null for the cross entropy.</param>
    /// <param name="adapters">See <see cref="AdapterBank.Select"/>.</param>
    /// <exception cref="ArgumentException">The batch has no answer tokens.</exception>
    public static Tensor Loss(this CausalModel model, PackedBatch batch, IObjective? objective = null, AdapterSelection? adapters = null)
    {
        using var scope = new TensorScope();
        var answers = batch.RequireAnswers();
        var (hidden, _) = model.Forward(batch, Pass.Inference, answers.Rows, adapters: adapters); // (A, H)
        return scope.Return((objective ?? CrossEntropy.Instance).Compute(hidden, model.Text.Head, answers, 1, save: false).Loss);
    }

    /// <summary>
    /// The unweighted cross entropy of each answer token (A), in the order in which they are packed; float32 (float64 for float64).
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">Packed sequences with answer tokens.</param>
    /// <param name="adapters">See <see cref="AdapterBank.Select"/>.</param>
    /// <exception cref="ArgumentException">The batch has no answer tokens, or a slot is empty.</exception>
    public static Tensor TokenLosses(this CausalModel model, PackedBatch batch, AdapterSelection? adapters = null)
    {
        using var scope = new TensorScope();
        var answers = batch.RequireAnswers();
        var (hidden, _) = model.Forward(batch, Pass.Inference, answers.Rows, adapters: adapters); // (A, H)
        return scope.Return(CrossEntropy.PerToken(hidden, model.Text.Head, answers.Targets));
    }
}
