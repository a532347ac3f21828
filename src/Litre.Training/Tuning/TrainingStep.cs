using Litre.Inference.Features;
using Litre.Machine.Governing;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Torch;
using Litre.Training.Optimization;

namespace Litre.Training.Tuning;

/// <summary>
/// One optimizer step over packed micro-batches, with its gradients and moments. Trainer, benchmark and planner all take
/// this one, the planner on a meta device. Not thread-safe.
/// </summary>
public sealed class TrainingStep : IDisposable
{
    private readonly TuneSettings _settings;
    private readonly CausalModel _model;

    /// <param name="settings">The recipe.</param>
    /// <param name="model">With what is to be trained marked (see <see cref="TrainablePart"/>). Borrowed.</param>
    public TrainingStep(TuneSettings settings, CausalModel model)
    {
        (_settings, _model) = (settings, model);
        Gradients = new GradientBuffer(model.AllParameters);
        Optimizer = new AdamW(Gradients, settings.Optimizer.AdamW);
    }

    public GradientBuffer Gradients { get; }

    public AdamW Optimizer { get; }

    /// <summary>Remembers what the frozen vision tower made of images; null where every pass sees their pixels. Borrowed.</summary>
    public FeatureCache? Features { get; set; }

    /// <summary>Under which governor: while memory is short, micro-batches are split and every layer is recomputed. Borrowed.</summary>
    public GovernorLink? Governor { get; set; }

    /// <inheritdoc cref="Run(int, IReadOnlyList{PreparedBatch}, Recompute, double)"/>
    public (double Loss, double GradientNorm) Run(
        int step,
        IReadOnlyList<ModelSample[]> batches,
        Recompute recompute,
        double learningRate
    ) => Run(step, [.. batches.Select(b => new PreparedBatch(b))], recompute, learningRate);

    /// <summary>Forward and backward over every micro-batch, then the optimizer. Waits for the device.</summary>
    /// <param name="step">Counted from one.</param>
    /// <param name="batches">The micro-batches with their images, which are borrowed.</param>
    /// <param name="recompute">What the backward runs again.</param>
    /// <param name="learningRate">Of this step.</param>
    /// <returns>Mean loss over the answer tokens (no number on a meta device), and the gradients' norm before clipping.</returns>
    public (double Loss, double GradientNorm) Run(int step, IReadOnlyList<PreparedBatch> batches, Recompute recompute, double learningRate)
    {
        using var scope = new TensorScope();
        var answers = batches.SelectMany(b => b.Samples).Sum(s => s.AnswerTokens);
        // Made before the first pass, so that a step of one pass, as the plan takes it, holds no less than one of several.
        var sum = Tensor.Zeros([], _model.DType.Accumulate(), _model.Device);
        Gradients.Zero();
        _model.Kernels.Attention.BeginStep();
        var divisor = Governor?.Divisor ?? 1;
        if (divisor > 1)
            recompute = Recompute.All;
        foreach (
            var (samples, i, part) in batches.SelectMany(
                (b, i) => MicroBatchSplit.Split(b.Samples, divisor).Select((samples, part) => (samples, i, part))
            )
        )
        {
            Governor?.SendHeartbeat();
            var tokens = samples.Length == batches[i].Samples.Length ? batches[i].Tokens : null;
            using var batch =
                Features?.Pack(samples, _settings.Batches.SharePrefixes, tokens)
                ?? PackedBatch.Pack(samples, _model.Config, _model.DType, _model.Device, _settings.Batches.SharePrefixes, tokens);
            if (batch.AnswerTokens == 0)
                continue;
            var number = (long)(step - 1) * _settings.Batches.GradientAccumulation + i;
            // Parts of one micro-batch must not share their masks.
            var dropout = _settings.Trainable.LoraDropout > 0 ? new DropoutMasks((ulong)_settings.Seed ^ (ulong)part << 32, number) : null;
            using var loss = _model.TrainingPass(batch, 1.0 / answers, recompute, dropout);
            Ops.Accumulate(sum, loss);
        }
        var norm = Optimizer.Step(learningRate);
        return (_model.Device.IsMeta ? double.NaN : sum.Item() / answers, norm);
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        Gradients.Dispose();
    }
}
