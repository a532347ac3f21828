using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Training.Optimization;

namespace Litre.Verification;

/// <summary>
/// Trains the adapters of a <see cref="ModelPair"/> step by step, the reference model together with the model under test.
/// </summary>
internal sealed class PairTrainer : IDisposable
{
    private readonly ModelPair _pair;
    private readonly Recompute _recompute;
    private readonly AdamW _optimizer;
    private readonly GradientBuffer? _referenceGradients;
    private readonly AdamW? _referenceOptimizer;

    public PairTrainer(ModelPair pair, AdamWSettings settings, Recompute recompute)
    {
        _pair = pair;
        _recompute = recompute;
        pair.ForEach(model =>
        {
            foreach (var parameter in model.Adapters.SelectMany(a => a.Parameters))
                parameter.Trainable = true;
        });
        Gradients = new GradientBuffer(pair.Model.AllParameters);
        _optimizer = new AdamW(Gradients, settings);
        if (pair.Reference is null)
            return;
        _referenceGradients = new GradientBuffer(pair.Reference.AllParameters);
        _referenceOptimizer = new AdamW(_referenceGradients, settings);
    }

    public GradientBuffer Gradients { get; }

    /// <summary>One step on one sample: its mean loss, and the gradients' norm before clipping.</summary>
    public (double Loss, double GradientNorm) Step(ModelSample sample, double learningRate)
    {
        using var batch = _pair.PackForLoss([sample]);
        var result = Step(_pair.Model, batch, Gradients, _optimizer, learningRate);
        if (_pair.Reference is { } leader)
        {
            using var leaderBatch = PackedBatch.Pack([sample], leader.Config, leader.DType, leader.Device);
            Step(leader, leaderBatch, _referenceGradients!, _referenceOptimizer!, learningRate);
        }
        return result;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        Gradients.Dispose();
        _referenceOptimizer?.Dispose();
        _referenceGradients?.Dispose();
    }

    private (double Loss, double GradientNorm) Step(
        CausalModel model,
        PackedBatch batch,
        GradientBuffer gradients,
        AdamW optimizer,
        double learningRate
    )
    {
        gradients.Zero();
        using var loss = model.TrainingPass(batch, 1.0 / batch.AnswerTokens, _recompute);
        return (loss.Item() / batch.AnswerTokens, optimizer.Step(learningRate));
    }
}
