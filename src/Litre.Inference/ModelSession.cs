using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Packing;
using Litre.Data.Samples;
using Litre.Data.Tiles;
using Litre.Inference.Features;
using Litre.Model;
using Litre.Model.Families;
using Litre.Model.Hub;
using Litre.Model.Layers;
using Litre.Model.Lora;
using Litre.Model.Weights;
using Litre.Torch.Loading;

namespace Litre.Inference;

/// <summary>
/// A checkpoint ready to answer: the model, an adapter on it if one is given, its tokenizer and its image
/// preparation. Not thread-safe.
/// </summary>
public sealed class ModelSession : IDisposable
{
    // Prompts and answers of a page's tiles that are worked on together, in tokens.
    private const int TileTokens = 16384;

    private readonly Generator _generator;
    private FeatureDisk? _disk;

    /// <param name="model">Disposed with the session.</param>
    /// <param name="encoder">The checkpoint's.</param>
    /// <param name="features">Remembers images that are asked about again; disposed with the session.</param>
    public ModelSession(CausalModel model, SampleEncoder encoder, FeatureCache? features = null)
    {
        (Model, Encoder, Features) = (model, encoder, features);
        _generator = new Generator(model, features);
        StopTokens = new HashSet<int>([.. model.Config.EosTokenIds, encoder.Chat.EndToken]);
    }

    public CausalModel Model { get; }

    public SampleEncoder Encoder { get; }

    /// <summary>Remembers images, or null.</summary>
    public FeatureCache? Features { get; }

    /// <summary>The configuration's end tokens and the token that ends a turn.</summary>
    public IReadOnlySet<int> StopTokens { get; }

    /// <summary>Loads a checkpoint and an adapter, which can take minutes.</summary>
    /// <param name="settings">The model, and how it is opened.</param>
    /// <param name="loading">Told how far the checkpoint is loaded.</param>
    /// <param name="log">Told in one line each what cannot be checked, and what goes wrong with the images kept on a disk.</param>
    /// <exception cref="InputException">The checkpoint, the adapter or the device cannot be used.</exception>
    public static ModelSession Open(SessionSettings settings, Action<LoadProgress>? loading = null, Action<string>? log = null)
    {
        var folder = ModelFolder.Resolve(settings.Model);
        var adapter = settings.Adapter is { } path ? AdapterFolder.Find(path, log) : null;
        var device = settings.Device ?? DeviceChoice.Choose();
        if (device.IsMeta)
            throw new InputException("device", "meta", "a meta device computes no answers", "use cpu or cuda");
        // Both are read at once: a folder without a tokenizer, or another base's adapter, is refused before minutes of loading.
        var config = ModelConfigs.Load(folder);
        var tiling = settings.Tiling ?? (settings.UsesTrainedTiling ? TrainedTiling.Of(folder, adapter) : null);
        var encoder = SampleEncoder.Load(config.Family.Format, folder, settings.MinimumPixels, settings.MaximumPixels, tiling: tiling);
        FolderConsistency.Check(folder, config, encoder);
        var use = new AdapterLoadOptions { AllowOtherBase = settings.AllowOtherBase, Log = log };
        if (adapter is not null)
            BaseModelMatch.CheckName(folder, config, adapter, use with { Log = null });
        var model = ModelFiles.Load(
            folder,
            settings.DType ?? ModelFiles.TypeOf(folder),
            device,
            options: new LoadOptions { Progress = loading, Kernels = settings.Kernels }
        );
        try
        {
            if (adapter is not null)
                AdapterFiles.Load(model, adapter, use);
            var kept = settings.Disk is { } disk && FeatureCache.Supports(model) ? new FeatureDisk(disk, model, log ?? (_ => { })) : null;
            var features =
                settings.FeatureBytes > 0 || kept is not null ? new FeatureCache(model, settings.FeatureBytes) { Disk = kept } : null;
            return new ModelSession(model, encoder, features) { _disk = kept };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Answers the last question of a conversation, and adds the answer to it.</summary>
    /// <param name="conversation">Ends with a question. It stays as it is where the question cannot be answered.</param>
    /// <param name="settings">Sampling; null for the most likely answer.</param>
    /// <param name="onText">Told the answer piece by piece as it is generated; where each tile is asked by itself, once, when the
    /// answers are joined.</param>
    /// <param name="cancel">Stops between tokens; what was generated so far is the answer.</param>
    /// <param name="promptCache">What was computed of earlier turns of the conversation; null to begin anew.</param>
    /// <exception cref="InputException">An image cannot be used, or the conversation has more tokens than the model has positions.
    /// </exception>
    public AnswerResult Ask(
        Conversation conversation,
        GenerationSettings? settings = null,
        Action<string>? onText = null,
        CancellationToken cancel = default,
        PromptCache? promptCache = null
    )
    {
        settings ??= new GenerationSettings();
        settings.Validate();
        var sample = conversation.ToSample();
        // Tokens of several tiles come mixed.
        var joined = AnswersPerTile(sample);
        var stream = joined ? null : new TextStream(Encoder.Chat.Tokenizer.CreateDecoder(), onText);
        var tokens = 0;
        var answer = Answer(
            [sample],
            settings,
            (_, token) =>
            {
                tokens++;
                stream?.Push(token);
            },
            cancel,
            promptCache
        )[0];
        stream?.Finish();
        if (joined)
            onText?.Invoke(answer);
        conversation.Answer(answer);
        return new AnswerResult(answer, tokens, !joined && tokens >= settings.MaxNewTokens && !cancel.IsCancellationRequested);
    }

    /// <summary>Whether each tile of a sample's page is asked by itself.</summary>
    /// <exception cref="InputException">An image cannot be read.</exception>
    public bool AnswersPerTile(Sample sample) => Questions(sample) is not null;

    /// <summary>Tokens of a sample's prompt; of the first tile's where each is asked by itself.</summary>
    /// <exception cref="InputException">An image cannot be used.</exception>
    public int PromptTokens(Sample sample) => Encoder.EncodePrompt(Questions(sample)?.Samples[0] ?? sample).Length;

    /// <summary>
    /// Answers several prompts at once; the samples' own answers are not shown to the model. Where each tile of a page is asked by
    /// itself, the answer is joined from those about the tiles.
    /// </summary>
    /// <param name="samples">Each ends with an answer, or with the question.</param>
    /// <param name="settings">Sampling; the session's stop tokens are added.</param>
    /// <param name="onToken">Told each new token: which sample, and the token. Tokens of several tiles come mixed.</param>
    /// <param name="cancel">Stops between tokens.</param>
    /// <param name="promptCache">What was computed of the conversation that a single sample continues; null to begin anew.</param>
    /// <param name="adapters">One choice for all samples; null for that of slot 0, if it has an adapter.</param>
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

    // A row of data is asked as it is learned: about all tiles together where its answer is not of boxes.
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
            // An answer ends where the model's positions do, and caches are made for no more.
            var left = Model.Config.Text.MaxPositionEmbeddings - prompts.Select(p => p.Ids.Length).DefaultIfEmpty(0).Max();
            var all = settings with
            {
                StopTokens = new HashSet<int>(settings.StopTokens.Concat(StopTokens)),
                MaxNewTokens = Math.Min(settings.MaxNewTokens, Math.Max(1, left)),
            };
            var answers = _generator.Generate(prompts, all, onToken, cancel, promptCache, adapters);
            return [.. answers.Select(tokens => Encoder.Chat.Tokenizer.Decode(tokens, skipSpecial: true).Trim())];
        }
        finally
        {
            foreach (var prompt in prompts)
                prompt.ReleaseImages();
        }
    }

    /// <summary>Packs samples whose images may be known; those that begin alike share their beginning.</summary>
    public PackedBatch Pack(IReadOnlyList<ModelSample> samples) =>
        Features?.Pack(samples, share: true) ?? PackedBatch.Pack(samples, Model.Config, Model.DType, Model.Device, share: true);

    public void Dispose()
    {
        _disk?.Dispose();
        Features?.Dispose();
        Model.Dispose();
    }
}
