using Litre.Data.Packing;
using Litre.Evaluation;
using Litre.Inference;
using Litre.Model.Weights;

namespace Litre.Training.Tuning;

/// <summary>
/// Compares the base and the tuned model on held-out samples: the test split if the data have one, otherwise the validation split.
/// </summary>
public static class TuneComparison
{
    /// <summary>Compares both models; null if nothing was held out or nothing was trained.</summary>
    /// <param name="run">
    /// The run after training. It loads the best checkpoint's adapter (<see cref="TuneRun.LoadAdapter"/>), or with <c>full</c> releases
    /// its model, because two do not fit (<see cref="TuneRun.ReleaseModel"/>).
    /// </param>
    /// <param name="settings">The recipe.</param>
    /// <param name="end">How the training ended.</param>
    /// <param name="progress">Called after each batch.</param>
    /// <param name="cancel">Stops between tokens.</param>
    /// <param name="loading">Called with the progress of loading the models, which is necessary with <c>full</c>.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static EvaluationResult? Run(
        TuneRun run,
        TuneSettings settings,
        TuneEnd end,
        Action<EvaluationProgress>? progress,
        CancellationToken cancel,
        Action<LoadProgress>? loading = null
    )
    {
        var samples = HeldOut(run, settings.Comparison);
        if (samples.Count == 0 || end.BestCheckpoint is null)
            return null;
        var evaluation = Settings(settings);
        if (!settings.Trainable.Full)
        {
            run.LoadAdapter(end.BestCheckpoint);
            // The run owns the model and the features that this session borrows.
            return new Evaluator(new ModelSession(run.Model, run.Encoder, run.Features), evaluation).Run(samples, progress, cancel);
        }
        var device = run.Model.Device;
        run.ReleaseModel();
        return EvaluationResult.Of(samples, Measure(settings.Model, "base"), Measure(end.BestCheckpoint, "tuned"), evaluation);

        IReadOnlyList<SampleOutcome> Measure(string folder, string name)
        {
            using var session = ModelSession.Open(
                new SessionSettings(folder)
                {
                    Device = device,
                    DType = settings.Engine.DType,
                    MinimumPixels = settings.Data.MinimumPixels,
                    MaximumPixels = settings.Data.MaximumPixels,
                    UsesTrainedTiling = false,
                    Disk = run.Disk?.Settings,
                    Kernels = settings.Engine.Kernels,
                },
                loading
            );
            return new Evaluator(session, evaluation).Measure(samples, name, progress, cancel);
        }
    }

    /// <summary>
    /// Compares the base and the tuned model on downscaled pages, for the rows whose pages are larger than a tile. Null if that is
    /// disabled, no page is split, the models were not compared, or all weights were trained and the model was released.
    /// </summary>
    /// <param name="run">After <see cref="Run"/>, which leaves the best adapter on its model.</param>
    /// <param name="settings">The recipe.</param>
    /// <param name="tiled">What <see cref="Run"/> returned.</param>
    /// <param name="progress">Called after each batch.</param>
    /// <param name="cancel">Stops between tokens.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static TileComparison? RunShrunk(
        TuneRun run,
        TuneSettings settings,
        EvaluationResult? tiled,
        Action<EvaluationProgress>? progress,
        CancellationToken cancel
    )
    {
        if (!settings.Comparison.Shrunk || settings.Trainable.Full || settings.Data.Tiling is null || tiled is not { Compared: true })
            return null;
        var samples = HeldOut(run, settings.Comparison);
        int[] cut =
        [
            .. Enumerable
                .Range(0, samples.Count)
                .Where(i => samples[i].TrainingSamples.Any(t => t.Visuals.Any(v => v.Image?.View is not null))),
        ];
        if (cut.Length == 0)
            return null;
        var encoder = run.Encoder.With(null);
        var evaluation = Settings(settings);
        var found = new Evaluator(new ModelSession(run.Model, encoder, run.Features), evaluation).Run(
            [.. cut.Select(i => encoder.Encode(samples[i].Sample))],
            p => progress?.Invoke(p with { Phase = $"downscaled, {p.Phase}" }),
            cancel
        );
        return TileComparison.Of(found.Answers, [.. cut.Select(i => tiled.Answers[i])], evaluation);
    }

    private static EvaluationSettings Settings(TuneSettings settings) =>
        new()
        {
            MaxNewTokens = settings.Comparison.MaxNewTokens,
            TokenBudget = settings.Batches.PassTokens,
            Seed = settings.Seed,
        };

    /// <summary>The samples on which the base and the tuned model are compared.</summary>
    public static IReadOnlyList<TokenizedSample> HeldOut(TuneRun run, ComparisonSettings settings) =>
        HeldOut(run.Data.Test.Count > 0 ? run.Data.Test : run.HeldOut, settings.Limit);

    /// <summary>At most the given number of samples; 0 for all.</summary>
    public static IReadOnlyList<T> HeldOut<T>(IReadOnlyList<T> side, int limit)
    {
        if (limit == 0 || side.Count <= limit)
            return [.. side];
        // Spread over all samples, because data are often sorted by kind.
        return [.. Enumerable.Range(0, limit).Select(i => side[(int)((long)i * side.Count / limit)])];
    }
}
