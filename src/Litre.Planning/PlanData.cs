using System.Globalization;
using Litre.Core;
using Litre.Data.Packing;
using Litre.Data.Splits;
using Litre.Inference;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Training.Steps;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>The samples that a run would use, without their pixels.</summary>
/// <param name="Train">The training samples.</param>
/// <param name="Validation">The held-out samples whose loss is measured during training.</param>
/// <param name="Test">The samples on which base and tuned model are compared; if empty, the validation samples are used.</param>
public sealed record PlanData(IReadOnlyList<ModelSample> Train, IReadOnlyList<ModelSample> Validation, IReadOnlyList<ModelSample> Test)
{
    /// <summary>Seconds in which the images of an epoch are decoded and split; null if it was not measured.</summary>
    public double? ImageSeconds { get; init; }

    /// <summary>Rows that cannot be used and are skipped.</summary>
    public int UnusableRows { get; init; }

    /// <summary>Patches of all images of a run, each image counted once.</summary>
    public long DistinctPatches { get; } = CountDistinctPatches(Train.Concat(Validation).Concat(Test));

    /// <summary>Patches of the samples' images, each image counted once.</summary>
    internal static long CountDistinctPatches(IEnumerable<ModelSample> samples) =>
        samples
            .Where(s => s.ImageKeys is not null)
            .SelectMany(s => s.Grids.Select((grid, i) => (Key: s.ImageKeys![i], grid.Patches)))
            .DistinctBy(p => p.Key)
            .Sum(p => (long)p.Patches);

    /// <summary>Creates the plan data of a loaded data set.</summary>
    public static PlanData Of(TrainingData data, SampleEncoder encoder) =>
        new(ToOutlines(data.Train), ToOutlines(data.Validation), ToOutlines(data.Test))
        {
            UnusableRows = data.Unusable.Count,
            ImageSeconds = ImageLoadTiming.Seconds([.. data.Train.SelectMany(r => r.TrainingSamples)], encoder),
        };

    private static ModelSample[] ToOutlines(IReadOnlyList<TokenizedSample> rows) =>
        [.. rows.SelectMany(r => r.TrainingSamples).Select(SampleLoader.Outline)];

    /// <summary>Reads and encodes the recipe's data set as a run does; no run folder is needed.</summary>
    /// <param name="model">The model, which must have a folder with a tokenizer.</param>
    /// <param name="settings">The recipe.</param>
    /// <exception cref="InputException">The data cannot be used, or the model has no folder.</exception>
    public static PlanData Read(PlanModel model, TuneSettings settings)
    {
        if (model.Folder is null)
            throw new InputException(
                "data",
                settings.Data.Path,
                $"its tokens are counted with the model's tokenizer, and {SettingName.Quote("model", settings.Model)} "
                    + "is not a folder with a tokenizer",
                "give the checkpoint's folder, or describe the data: `samples 1400` "
                    + (model.Config.Vision is null ? "" : "`image 1024x768` ")
                    + "`text-tokens 120`"
            );
        var encoder = SampleEncoder.Load(
            model.Config.Family.Format,
            model.Folder,
            settings.Data.MinimumPixels,
            settings.Data.MaximumPixels,
            tiling: settings.Data.Tiling
        );
        FolderConsistency.Check(model.Folder, model.Config, encoder);
        var split = new SplitOptions(settings.Validation.Share, 0, (ulong)settings.Seed);
        using var data = TrainingData.Load(settings.Data.Path, encoder, split, settings.Data.Options);
        return Of(data, encoder);
    }

    /// <summary>Creates the plan data of a described data set: all samples are alike.</summary>
    /// <param name="sample">The sample, without pixels.</param>
    /// <param name="count">How many.</param>
    /// <param name="validationShare">Share of them that is held out.</param>
    public static PlanData Of(ModelSample sample, int count, double validationShare)
    {
        var held = Math.Min(count - 1, (int)Math.Round(count * validationShare));
        // No two images are the same.
        ModelSample[] all =
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                    sample.Grids.Count == 0
                        ? sample
                        : sample with
                        {
                            ImageKeys = [.. sample.Grids.Select((_, g) => string.Create(CultureInfo.InvariantCulture, $"{i}/{g}"))],
                        }
                ),
        ];
        return new PlanData(all[held..], all[..held], []);
    }

    /// <summary>The steps of a run with these settings.</summary>
    /// <exception cref="InputException">No sample fits a pass.</exception>
    internal StepOutline Outline(ModelConfig config, TuneSettings settings) =>
        PreparedOutline.Of(Train, config, settings.Batches, settings.Seed);

    /// <summary>The samples that base and tuned model would answer.</summary>
    internal IReadOnlyList<ModelSample> HeldOut(TuneSettings settings) =>
        TuneComparison.HeldOut(
            Test.Count > 0 ? Test : [.. Validation.Where(s => s.Ids.Length <= settings.Batches.LongestSample && s.AnswerTokens > 0)],
            settings.Comparison.Limit
        );

    /// <summary>The question of a sample, without its last answer.</summary>
    internal static ModelSample Prompt(ModelSample sample)
    {
        if (sample.Labels is not { } labels)
            return sample;
        var end = labels.Length;
        while (end > 0 && labels[end - 1] == ModelSample.NoLoss)
            end--;
        while (end > 0 && labels[end - 1] != ModelSample.NoLoss)
            end--;
        return sample with { Ids = end > 0 ? sample.Ids[..end] : sample.Ids, Labels = null };
    }
}
