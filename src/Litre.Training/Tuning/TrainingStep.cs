using Litre.Inference.Features;
using Litre.Machine.Governing;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Torch;
using Litre.Training.Distributed;
using Litre.Training.Optimization;
using Litre.Training.Steps;

namespace Litre.Training.Tuning;

/// <summary>
/// One optimizer step over packed micro-batches, with its gradients and moments. Trainer, benchmark and planner all use it, the planner
/// on a meta device. Each of several ranks processes its share of the micro-batches; afterwards all have the same gradients and
/// therefore the same weights. Not thread-safe.
/// </summary>
public sealed class TrainingStep : IDisposable
{
    private readonly TuneSettings _settings;
    private readonly CausalModel _model;

    /// <param name="settings">The recipe.</param>
    /// <param name="model">The model, with its trainable parameters marked (see <see cref="TrainablePart"/>). Borrowed.</param>
    public TrainingStep(TuneSettings settings, CausalModel model)
    {
        (_settings, _model) = (settings, model);
        Gradients = new GradientBuffer(model.AllParameters);
        Optimizer = new AdamW(Gradients, settings.Optimizer.AdamW);
    }

    public GradientBuffer Gradients { get; }

    public AdamW Optimizer { get; }

    /// <summary>Caches the vision features of images; null if every pass uses their pixels. Borrowed.</summary>
    public FeatureCache? Features { get; set; }

    /// <summary>The governor: while memory is short, micro-batches are split and every layer is recomputed. Borrowed.</summary>
    public GovernorLink? Governor { get; set; }

    /// <summary>The ranks that train the same weights together. Borrowed.</summary>
    public ICommunicator Ranks { get; set; } = SingleRank.Instance;

    /// <inheritdoc cref="Run(int, IReadOnlyList{PreparedBatch}, Recompute, double)"/>
    public StepOutcome Run(int step, IReadOnlyList<ModelSample[]> batches, Recompute recompute, double learningRate) =>
        Run(step, [.. batches.Select((b, i) => new PreparedBatch(b) { Index = i })], recompute, learningRate);

    /// <summary>Forward and backward over every micro-batch, then the optimizer. Waits for the device.</summary>
    /// <param name="step">Counted from one.</param>
    /// <param name="batches">This rank's micro-batches with their images, which are borrowed.</param>
    /// <param name="recompute">The layers that the backward pass recomputes.</param>
    /// <param name="learningRate">The learning rate of this step.</param>
    public StepOutcome Run(int step, IReadOnlyList<PreparedBatch> batches, Recompute recompute, double learningRate)
    {
        using var scope = new TensorScope();
        ModelSample[] all = [.. batches.SelectMany(b => b.Samples)];
        var counts = Ranks.Sum(_model.Device, all.Sum(s => s.AnswerTokens), all.Sum(s => s.Ids.Length));
        var (answers, tokens) = ((int)counts[0], (int)counts[1]);
        // Allocated before the first pass, so that a step with one pass, as in the plan, needs no less memory than one with several.
        var sum = Tensor.Zeros([], _model.DType.Accumulate(), _model.Device);
        Gradients.Zero();
        _model.Kernels.Attention.BeginStep();
        var divisor = Governor?.Divisor ?? 1;
        if (divisor > 1)
            recompute = Recompute.All;
        foreach (
            var (samples, whole, part) in batches.SelectMany(b =>
                MicroBatchSplit.Split(b.Samples, divisor).Select((samples, part) => (samples, b, part))
            )
        )
        {
            Governor?.SendHeartbeat();
            var packed = samples.Length == whole.Samples.Length ? whole.Tokens : null;
            using var batch =
                Features?.Pack(samples, _settings.Batches.SharePrefixes, packed)
                ?? PackedBatch.Pack(samples, _model.Config, _model.DType, _model.Device, _settings.Batches.SharePrefixes, packed);
            if (batch.AnswerTokens == 0)
                continue;
            var number = (long)(step - 1) * _settings.Batches.GradientAccumulation + whole.Index;
            // Parts of one micro-batch must not share their masks.
            var dropout = _settings.Trainable.LoraDropout > 0 ? new DropoutMasks((ulong)_settings.Seed ^ (ulong)part << 32, number) : null;
            using var loss = _model.TrainingPass(batch, 1.0 / answers, recompute, dropout);
            Ops.Accumulate(sum, loss);
        }
        if (Ranks.Size > 1)
            Reduce(sum);
        var norm = Optimizer.Step(learningRate);
        return new StepOutcome(_model.Device.IsMeta ? double.NaN : sum.Item() / answers, norm, tokens, answers);
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        Gradients.Dispose();
    }

    // A parameter with a gradient on another rank also takes part in the step here, so that all ranks' weights stay the same.
    private void Reduce(Tensor loss) // ()
    {
        Ranks.AllReduce(Gradients.Flat);
        Ranks.AllReduce(loss);
        var touched = Ranks.Sum(_model.Device, [.. Gradients.Parameters.Select(p => p.HasAccumulated ? 1.0 : 0)]);
        foreach (var (parameter, ranks) in Gradients.Parameters.Zip(touched))
            parameter.HasAccumulated = ranks > 0;
    }
}
