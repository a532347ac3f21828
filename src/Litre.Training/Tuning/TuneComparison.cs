using Litre.Data.Packing;
using Litre.Inference;
using Litre.Model.Lora;
using Litre.Model.Weights;
using Litre.Training.Evaluation;

namespace Litre.Training.Tuning;

/// <summary>Base against tuned on what a run held out: the test side where the data have one, else the validation side.</summary>
public static class TuneComparison
{
    /// <summary>Null where nothing was held out or nothing was trained.</summary>
    /// <param name="run">After its training; its model is changed to the best checkpoint, or freed with <c>--full</c>.</param>
    /// <param name="settings">The recipe.</param>
    /// <param name="end">How the training ended.</param>
    /// <param name="progress">Told after each batch.</param>
    /// <param name="cancel">Stops between tokens.</param>
    /// <param name="loading">Told how far a model is loaded, which is needed with <c>--full</c>.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static EvaluationResult? Run(
        TuneRun run, TuneSettings settings, TuneEnd end, Action<EvaluationProgress>? progress, CancellationToken cancel,
        Action<LoadProgress>? loading = null)
    {
        var samples = HeldOut(run, settings);
        if (samples.Count == 0 || end.BestCheckpoint is null) return null;
        var evaluation = new EvaluationSettings { MaxNewTokens = settings.MaxNewTokens, TokenBudget = settings.PassTokens, Seed = settings.Seed };
        if (!settings.Full)
        {
            AdapterFiles.Detach(run.Model);
            // The run's own, on the base that the run accepted.
            AdapterFiles.Load(run.Model, end.BestCheckpoint, new AdapterUse { OtherBase = true });
            // The run owns the model and the features that this session borrows.
            return new Evaluator(new ModelSession(run.Model, run.Encoder, run.Features), evaluation).Run(samples, progress, cancel);
        }
        var device = run.Model.Device;
        run.Features.Dispose();
        run.Model.Dispose();
        return EvaluationResult.Of(samples, Measure(settings.Model, "base"), Measure(end.BestCheckpoint, "tuned"), evaluation);

        IReadOnlyList<SampleOutcome> Measure(string folder, string name)
        {
            using var session = ModelSession.Open(folder, null, settings.DType, device, run.MinimumPixels, run.MaximumPixels, loading: loading, disk: run.Disk?.Settings);
            return new Evaluator(session, evaluation).Measure(samples, name, progress, cancel);
        }
    }

    /// <summary>The samples that base and tuned model are compared on.</summary>
    public static IReadOnlyList<TokenizedSample> HeldOut(TuneRun run, TuneSettings settings) =>
        HeldOut(run.Data.Test.Count > 0 ? run.Data.Test : run.HeldOut, settings.EvaluationLimit);

    /// <summary>At most so many samples of a side, 0 for all.</summary>
    internal static IReadOnlyList<T> HeldOut<T>(IReadOnlyList<T> side, int limit)
    {
        if (limit == 0 || side.Count <= limit) return [.. side];
        // Spread over the whole side: data are often sorted by kind.
        return [.. Enumerable.Range(0, limit).Select(i => side[(int)((long)i * side.Count / limit)])];
    }
}
