using System.Text;
using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Packing;
using Litre.Data.Samples;
using Litre.Data.Tiles;
using Litre.Inference.Constraints;
using Litre.Inference.Features;
using Litre.Inference.Sampling;
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
    // Maximum tokens of prompts and answers of a page's tiles that are processed together.
    private const int TileTokens = 16384;

    private readonly Lazy<ConstraintCompiler> _constraints;
    private FeatureDisk? _disk;

    /// <param name="model">Disposed with the session.</param>
    /// <param name="encoder">The checkpoint's.</param>
    /// <param name="features">Caches images for further questions; disposed with the session.</param>
    public ModelSession(CausalModel model, SampleEncoder encoder, FeatureCache? features = null)
    {
        (Model, Encoder, Features) = (model, encoder, features);
        StopTokens = new HashSet<int>([.. model.Config.EosTokenIds, encoder.Chat.EndToken]);
        _constraints = new Lazy<ConstraintCompiler>(() => new ConstraintCompiler(encoder.Chat.Tokenizer, StopTokens));
    }

    public CausalModel Model { get; }

    public SampleEncoder Encoder { get; }

    /// <summary>The cache of images, or null.</summary>
    public FeatureCache? Features { get; }

    /// <summary>The configuration's end tokens and the token that ends a turn.</summary>
    public IReadOnlySet<int> StopTokens { get; }

    /// <summary>Loads a checkpoint and an adapter, which can take minutes.</summary>
    /// <param name="settings">The model, and how to open it.</param>
    /// <param name="loading">Called with the progress of loading the checkpoint.</param>
    /// <param name="log">
    /// Called with one line for each property that cannot be checked, each notice about the model, and each failure of the feature disk.
    /// </param>
    /// <exception cref="InputException">The checkpoint, the adapter or the device cannot be used.</exception>
    public static ModelSession Open(SessionSettings settings, Action<LoadProgress>? loading = null, Action<string>? log = null)
    {
        var folder = ModelFolder.Resolve(settings.Model);
        var adapter = settings.Adapter is { } path ? AdapterFolder.Find(path, log) : null;
        var device = settings.Device ?? DeviceChoice.Choose();
        if (device.IsMeta)
            throw new InputException("device", "meta", "a meta device computes nothing", "use cpu or cuda");
        // Both are read first, so that a folder without a tokenizer or an adapter of another base is refused before minutes of loading.
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
            if (encoder.Chat.Template.Notice is { } notice)
                log?.Invoke(notice);
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

    /// <summary>Answers the last question of a conversation, and adds the answer to the conversation.</summary>
    /// <param name="conversation">The conversation, which ends with a question. It is unchanged if the question cannot be answered.</param>
    /// <param name="settings">The sampling settings; null for greedy decoding.</param>
    /// <param name="onText">
    /// Called with each piece of the answer as it is generated. If each tile is asked separately, called once with the joined answers.
    /// </param>
    /// <param name="cancel">Stops between tokens; the text generated so far is the answer.</param>
    /// <param name="promptCache">The cache of earlier turns of the conversation; null to compute all of it.</param>
    /// <exception cref="InputException">
    /// An image cannot be used, or the conversation has more tokens than the model has positions.
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
        // The tokens of several tiles are interleaved.
        var joined = AnswersPerTile(sample);
        var stream = joined ? null : new TextStream(Encoder.Chat.Tokenizer.CreateDecoder(), onText, settings);
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
            var generator = new Generator(Model, Features, settings.Format is null ? null : _constraints.Value);
            if (settings.StopStrings.Count > 0)
                return AnswerUntilStopped(generator, prompts, all, onToken, cancel, promptCache, adapters);
            var answers = generator.Generate(prompts, all, onToken, cancel, promptCache, adapters);
            return [.. answers.Select(tokens => Text(Encoder.Chat.Tokenizer.Decode(tokens, skipSpecial: true), settings))];
        }
        finally
        {
            foreach (var prompt in prompts)
                prompt.ReleaseImages();
        }
    }

    // An answer of a given form is left as it is.
    private static string Text(string answer, GenerationSettings settings) =>
        settings.Format is null ? Thoughts.WithoutEmpty(answer.Trim()) : answer;

    private IReadOnlyList<string> AnswerUntilStopped(
        Generator generator,
        IReadOnlyList<ModelSample> prompts,
        GenerationSettings settings,
        Action<int, int>? onToken,
        CancellationToken cancel,
        PromptCache? promptCache,
        AdapterSelection? adapters
    )
    {
        var texts = prompts.Select(_ => new StringBuilder()).ToArray();
        var streams = texts.Select(text => new TextStream(Encoder.Chat.Tokenizer.CreateDecoder(), t => text.Append(t), settings)).ToArray();
        generator.Generate(
            prompts,
            settings,
            onToken,
            cancel,
            promptCache,
            adapters,
            (i, token) =>
            {
                streams[i].Push(token);
                return !streams[i].IsStopped;
            }
        );
        foreach (var stream in streams)
            stream.Finish();
        return [.. texts.Select(t => settings.Format is null ? t.ToString().TrimEnd() : t.ToString())];
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
