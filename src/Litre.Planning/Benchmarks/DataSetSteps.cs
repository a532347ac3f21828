using Litre.Core;
using Litre.Data.Formats;
using Litre.Data.Packing;
using Litre.Data.Splits;
using Litre.Data.Tiles;
using Litre.Inference;
using Litre.Inference.Features;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Torch;
using Litre.Training.Steps;
using Litre.Training.Tuning;

namespace Litre.Planning.Benchmarks;

/// <summary>
/// The first steps of a run on a data set: samples are packed as in the run, and images are decoded in parallel with the steps.
/// </summary>
public sealed class DataSetSteps : IBenchmarkSteps
{
    private readonly SampleEncoder _encoder;
    private readonly TrainingData _data;
    private readonly TokenizedSample[] _train;
    private readonly ModelConfig _config;
    private readonly TuneSettings _settings;
    private readonly bool _keepsFeatures;
    private PreparedSteps _steps;

    /// <summary>Reads the data with the tokenizer and processor of a checkpoint's folder.</summary>
    /// <param name="folder">The checkpoint's.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="data">File or folder of data.</param>
    /// <param name="workload">Tokens of a micro-batch, and how many steps.</param>
    /// <param name="minPixels">Limit of an image; null for the checkpoint's own.</param>
    /// <param name="maxPixels">Limit of an image; null for the checkpoint's own.</param>
    /// <param name="reading">How the data are read; null for the default.</param>
    /// <param name="tiling">How large pages are split; null downscales them.</param>
    /// <exception cref="InputException">Folder or data cannot be used, or no sample fits a micro-batch.</exception>
    public DataSetSteps(
        string folder,
        ModelConfig config,
        string data,
        StepWorkload workload,
        long? minPixels,
        long? maxPixels,
        DataSetOptions? reading = null,
        Tiling? tiling = null
    )
    {
        var settings = workload.Settings(DType.Float32, RecomputeSetting.None);
        _encoder = SampleEncoder.Load(config.Family.Format, folder, minPixels, maxPixels, tiling: tiling);
        FolderConsistency.Check(folder, config, _encoder);
        _keepsFeatures = workload.CachesFeatures;
        _data = TrainingData.Load(
            data,
            _encoder,
            new SplitOptions(settings.Validation.Share, 0, (ulong)settings.Seed),
            reading ?? settings.Data.Options
        );
        TokenizedSample[] train = [.. _data.Train.SelectMany(s => s.TrainingSamples)];
        _train = [.. train.Where(s => s.Length <= settings.Batches.LongestSample && s.AnswerTokens > 0)];
        LeftOut = train.Length - _train.Length;
        if (_train.Length == 0)
        {
            var count = _data.Train.Count;
            _data.Dispose();
            throw new InputException(
                "data",
                data,
                $"none of the {count} training samples has an answer and at most {settings.Batches.LongestSample} tokens",
                "raise `micro-batch-tokens`"
            );
        }
        _config = config;
        _settings = settings with { Batches = settings.Batches with { Epochs = 1, MaxSteps = Math.Max(1, settings.Batches.MaxSteps) } };
        _steps = Open(null);
        Outlines = [.. Enumerable.Range(1, TotalSteps).Select(_steps.Outline)];
    }

    public IReadOnlyList<ModelSample[][]> Outlines { get; }

    public int TotalSteps => _steps.TotalSteps;

    public int? EpochSamples => _steps.EpochSamples;

    public bool HasImages => _steps.HasImages;

    public string Fingerprint => _steps.Fingerprint;

    public int LeftOut { get; }

    public double? EpochAfter(int step) => _steps.EpochAfter(step);

    public bool EndsEpoch(int step) => _steps.EndsEpoch(step);

    /// <summary>
    /// If features are cached, all images of the steps go through the vision tower here, so that the steps correspond to a later epoch.
    /// </summary>
    public void Prepare(FeatureCache features)
    {
        _steps.Dispose();
        _steps = Open(features);
        if (!_keepsFeatures)
            return;
        for (var step = 1; step <= TotalSteps; step++)
        {
            var batches = Take(step, StepShare.All);
            foreach (var batch in batches)
                features.Pack(batch.Samples, tokens: batch.Tokens).Dispose();
            Return(batches);
        }
    }

    public PreparedBatch[] Take(int step, StepShare share) => _steps.Take(step, share);

    public void Return(PreparedBatch[] batches) => _steps.Return(batches);

    public void ReleasePrefetched() => _steps.ReleasePrefetched();

    public ModelSample[] Prompts(int count, bool pixels) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => i % _train.Length)
                .Select(i => PlanData.Prompt(pixels ? SampleLoader.Load(_train[i], _encoder) : SampleLoader.Outline(_train[i]))),
        ];

    public void Dispose()
    {
        _steps.Dispose();
        _data.Dispose();
    }

    private PreparedSteps Open(FeatureCache? features) =>
        new(_train, [], _config, _settings.Batches, _settings.Seed, new SampleReader(_encoder, features));
}
