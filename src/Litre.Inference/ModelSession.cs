using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Packing;
using Litre.Data.Samples;
using Litre.Data.Tiles;
using Litre.Inference.Features;
using Litre.Kernels;
using Litre.Model;
using Litre.Model.Families;
using Litre.Model.Layers;
using Litre.Model.Lora;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>
/// A checkpoint ready to answer: the model, an adapter on it if one is given, its tokenizer and its image
/// preparation. Not thread-safe.
/// </summary>
public sealed class ModelSession : IDisposable
{
    // Maximum tokens of prompts and answers of a page's tiles that are processed together.
    private const int TileTokens = 16384;

    private readonly Generator _generator;
    private FeatureDisk? _disk;

    /// <param name="model">Disposed with the session.</param>
    /// <param name="encoder">The checkpoint's.</param>
    /// <param name="features">Caches images for further questions; disposed with the session.</param>
    public ModelSession(CausalModel model, SampleEncoder encoder, FeatureCache? features = null)
    {
        (Model, Encoder, Features) = (model, encoder, features);
        _generator = new Generator(model, features);
        StopTokens = new HashSet<int>([.. model.Config.EosTokenIds, encoder.Chat.EndToken]);
    }

    public CausalModel Model { get; }

    public SampleEncoder Encoder { get; }

    /// <summary>The cache of images, or null.</summary>
    public FeatureCache? Features { get; }

    /// <summary>The configuration's end tokens and the token that ends a turn.</summary>
    public IReadOnlySet<int> StopTokens { get; }

    /// <summary>Loads a checkpoint and an adapter.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="adapter">A PEFT adapter, or null.</param>
    /// <param name="dtype">The model's type.</param>
    /// <param name="device">The model's device.</param>
    /// <param name="minimumPixels">Smaller images are enlarged; null for the checkpoint's own limit.</param>
    /// <param name="maximumPixels">Larger images are downscaled; null for the checkpoint's own limit.</param>
    /// <param name="featureBytes">Host memory for images with several questions; 0 if each image occurs once.</param>
    /// <param name="loading">Called with how far the checkpoint is loaded.</param>
    /// <param name="disk">The disk for image features of this and later sessions; null for none.</param>
    /// <param name="log">Called with one line about each failure.</param>
    /// <param name="use">
    /// Whether an adapter of another base is accepted, and where warnings are sent; null accepts only its own base.
    /// </param>
    /// <param name="tiling">How images larger than a tile are split; null downscales them.</param>
    /// <param name="kernels">The kernels that the model may use; null for the best available.</param>
    /// <exception cref="InputException">The checkpoint or the adapter cannot be used.</exception>
    public static ModelSession Open(
        string folder,
        string? adapter,
        DType dtype,
        Device device,
        long? minimumPixels = null,
        long? maximumPixels = null,
        long featureBytes = 0,
        Action<LoadProgress>? loading = null,
        FeatureDiskSettings? disk = null,
        Action<string>? log = null,
        AdapterLoadOptions? use = null,
        Tiling? tiling = null,
        KernelOptions? kernels = null
    )
    {
        // Both are read first, so that a folder without a tokenizer or an adapter of another base is refused before minutes of loading.
        var config = ModelConfigs.Load(folder);
        var encoder = SampleEncoder.Load(config.Family.Format, folder, minimumPixels, maximumPixels, tiling: tiling);
        FolderConsistency.Check(folder, config, encoder);
        if (adapter is not null)
            BaseModelMatch.CheckName(folder, config, adapter, (use ?? new AdapterLoadOptions()) with { Log = null });
        var model = ModelFiles.Load(
            folder,
            dtype,
            device,
            options: new LoadOptions { Progress = loading, Kernels = kernels ?? KernelOptions.Default }
        );
        try
        {
            if (adapter is not null)
                AdapterFiles.Load(model, adapter, use);
            var kept = disk is not null && FeatureCache.Supports(model) ? new FeatureDisk(disk, model, log ?? (_ => { })) : null;
            var features = featureBytes > 0 || kept is not null ? new FeatureCache(model, featureBytes) { Disk = kept } : null;
            return new ModelSession(model, encoder, features) { _disk = kept };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Whether each tile of a sample's page is asked separately.</summary>
    /// <exception cref="InputException">An image cannot be read.</exception>
    public bool AnswersPerTile(Sample sample) => Questions(sample) is not null;

    /// <summary>Tokens of a sample's prompt, or of the first tile's prompt if each tile is asked separately.</summary>
    /// <exception cref="InputException">An image cannot be used.</exception>
    public int PromptTokens(Sample sample) => Encoder.EncodePrompt(Questions(sample)?.Samples[0] ?? sample).Length;

    /// <summary>
    /// Answers several prompts at once; the model does not see the samples' own answers. If each tile of a page is asked separately,
    /// the answers about the tiles are joined.
    /// </summary>
    /// <param name="samples">Each ends with an answer, or with the question.</param>
    /// <param name="settings">Sampling; the session's stop tokens are added.</param>
    /// <param name="onToken">Called with each new token: which sample, and the token. Tokens of several tiles are interleaved.</param>
    /// <param name="cancel">Stops between tokens.</param>
    /// <param name="promptCache">The states of the conversation that a single sample continues; null to start without a cache.</param>
    /// <param name="adapters">One selection for all samples; null uses slot 0, if it has an adapter.</param>
    /// <exception cref="InputException">An image cannot be used, or a prompt has more tokens than the model has positions.</exception>
    public IReadOnlyList<string> Answer(
        IReadOnlyList<Sample> samples,
        GenerationSettings settings,
        Action<int, int>? onToken = null,
        CancellationToken cancel = default,
        PromptCache? promptCache = null,
        AdapterSelection? adapters = null
    )
    {
        var questions = samples.Select(Questions).ToArray();
        if (questions.All(q => q is null))
            return AnswerPrompts(samples, settings, onToken, cancel, promptCache, adapters);
        var answers = new string[samples.Count];
        int[] others = [.. Enumerable.Range(0, samples.Count).Where(i => questions[i] is null)];
        if (others.Length > 0)
        {
            var found = AnswerPrompts(
                [.. others.Select(i => samples[i])],
                settings,
                (i, token) => onToken?.Invoke(others[i], token),
                cancel,
                null,
                adapters
            );
            for (var i = 0; i < others.Length; i++)
                answers[others[i]] = found[i];
        }
        for (var i = 0; i < samples.Count; i++)
        {
            var sample = i;
            if (questions[i] is { } asked)
                answers[i] = asked.Join(AnswerTiles(asked, settings, token => onToken?.Invoke(sample, token), cancel, adapters));
        }
        return answers;
    }

    // A row of data is asked as it is trained: about all tiles together if its answer has no boxes.
    private TileQuestions? Questions(Sample sample) =>
        Encoder.Tiling is { Answers: TileAnswers.Tile } tiling
        && (sample.Messages[^1].Role != Role.Assistant || TileSamples.ForTraining(sample, tiling, Encoder.Limits) is not null)
            ? TileSamples.ForQuestions(sample, tiling, Encoder.Limits)
            : null;

    private List<string> AnswerTiles(
        TileQuestions questions,
        GenerationSettings settings,
        Action<int> onToken,
        CancellationToken cancel,
        AdapterSelection? adapters
    )
    {
        var each = Encoder.EncodePrompt(questions.Samples[0]).Length + settings.MaxNewTokens;
        var answers = new List<string>();
        foreach (var tiles in questions.Samples.Chunk(Math.Max(1, TileTokens / each)))
        {
            if (cancel.IsCancellationRequested)
                answers.AddRange(tiles.Select(_ => ""));
            else
                answers.AddRange(AnswerPrompts(tiles, settings, (_, token) => onToken(token), cancel, null, adapters));
        }
        return answers;
    }

    private IReadOnlyList<string> AnswerPrompts(
        IReadOnlyList<Sample> samples,
        GenerationSettings settings,
        Action<int, int>? onToken,
        CancellationToken cancel,
        PromptCache? promptCache,
        AdapterSelection? adapters
    )
    {
        var prompts = new List<ModelSample>();
        using var reader = Features?.Reader(Encoder);
        try
        {
            foreach (var sample in samples)
                prompts.Add(SampleLoader.Load(Encoder.EncodePrompt(sample), Encoder, Features, reader) with { Labels = null });
            // An answer ends at the model's last position, and caches are no larger.
            var left = Model.Config.Text.MaxPositionEmbeddings - prompts.Select(p => p.Ids.Length).DefaultIfEmpty(0).Max();
            var all = settings with
            {
                StopTokens = new HashSet<int>(settings.StopTokens.Concat(StopTokens)),
                MaxNewTokens = Math.Min(settings.MaxNewTokens, Math.Max(1, left)),
            };
            var answers = _generator.Generate(prompts, all, onToken, cancel, promptCache, adapters);
            return [.. answers.Select(tokens => Thoughts.WithoutEmpty(Encoder.Chat.Tokenizer.Decode(tokens, skipSpecial: true).Trim()))];
        }
        finally
        {
            foreach (var prompt in prompts)
                prompt.ReleaseImages();
        }
    }

    /// <summary>Packs samples whose images may be cached; samples with the same beginning share it.</summary>
    public PackedBatch Pack(IReadOnlyList<ModelSample> samples) =>
        Features?.Pack(samples, share: true) ?? PackedBatch.Pack(samples, Model.Config, Model.DType, Model.Device, share: true);

    public void Dispose()
    {
        _disk?.Dispose();
        Features?.Dispose();
        Model.Dispose();
    }
}
