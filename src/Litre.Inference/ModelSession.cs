using Litre.Data.Packing;
using Litre.Data.Samples;
using Litre.Inference.Features;
using Litre.Model;
using Litre.Model.Lora;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>
/// A checkpoint ready to answer: the model, an adapter on it if one is given, its tokenizer and its picture
/// preparation. Not thread-safe.
/// </summary>
public sealed class ModelSession : IDisposable
{
    private readonly Generator _generator;
    private FeatureDisk? _disk;

    /// <param name="model">Disposed with the session.</param>
    /// <param name="encoder">The checkpoint's.</param>
    /// <param name="features">Remembers pictures that are asked about again; disposed with the session.</param>
    public ModelSession(VisionLanguageModel model, SampleEncoder encoder, FeatureCache? features = null)
    {
        (Model, Encoder, Features) = (model, encoder, features);
        _generator = new Generator(model, features);
        StopTokens = new HashSet<int>([.. model.Config.EosTokenIds, encoder.Chat.EndToken]);
    }

    public VisionLanguageModel Model { get; }

    public SampleEncoder Encoder { get; }

    /// <summary>Remembers pictures, or null.</summary>
    public FeatureCache? Features { get; }

    /// <summary>The configuration's end tokens and the token that ends a turn.</summary>
    public IReadOnlySet<int> StopTokens { get; }

    /// <summary>Loads a checkpoint and an adapter.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="adapter">A PEFT adapter, or null.</param>
    /// <param name="dtype">The model's type.</param>
    /// <param name="device">The model's device.</param>
    /// <param name="minimumPixels">Smaller pictures are enlarged; null for the checkpoint's own limit.</param>
    /// <param name="maximumPixels">Larger pictures are shrunk; null for the checkpoint's own limit.</param>
    /// <param name="featureBytes">Host memory for pictures that are asked about again; 0 where each comes once.</param>
    /// <param name="loading">Told how far the checkpoint is loaded.</param>
    /// <param name="disk">Where pictures are kept for other times; null for nowhere.</param>
    /// <param name="say">Told in one line each what goes wrong with that.</param>
    /// <param name="use">Whether the adapter may be another base's, and who is told what cannot be checked; null accepts its own alone.</param>
    /// <exception cref="InputException">The checkpoint or the adapter cannot be used.</exception>
    public static ModelSession Open(
        string folder, string? adapter, DType dtype, Device device, long? minimumPixels = null, long? maximumPixels = null, long featureBytes = 0,
        Action<LoadProgress>? loading = null, FeatureDiskSettings? disk = null, Action<string>? say = null, AdapterUse? use = null)
    {
        // Both are read at once: a folder without a tokenizer, or another base's adapter, is refused before minutes of loading.
        var encoder = SampleEncoder.Load(folder, minimumPixels, maximumPixels);
        if (adapter is not null) BaseAgreement.CheckName(folder, ModelConfig.Load(folder), adapter, (use ?? new AdapterUse()) with { Say = null });
        var model = ModelFiles.Load(folder, dtype, device, options: new LoadOptions { Progress = loading });
        try
        {
            if (adapter is not null) AdapterFiles.Load(model, adapter, use);
            var kept = disk is not null && FeatureCache.CanServe(model) ? new FeatureDisk(disk, model, say ?? (_ => { })) : null;
            var features = featureBytes > 0 || kept is not null ? new FeatureCache(model, featureBytes) { Disk = kept } : null;
            return new ModelSession(model, encoder, features) { _disk = kept };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Answers several prompts at once; the samples' own answers are not shown to the model.</summary>
    /// <param name="samples">Each ends with an answer, or with the question.</param>
    /// <param name="settings">Sampling; the session's stop tokens are added.</param>
    /// <param name="onToken">Told each new token: which prompt, and the token.</param>
    /// <param name="cancel">Stops between tokens.</param>
    /// <param name="known">What was computed of the conversation that a single sample goes on with; null to begin anew.</param>
    public IReadOnlyList<string> Answer(
        IReadOnlyList<Sample> samples, GenerationSettings settings, Action<int, int>? onToken = null, CancellationToken cancel = default,
        PromptCache? known = null)
    {
        var prompts = new List<ModelSample>();
        using var reader = Features?.Reader(Encoder);
        try
        {
            foreach (var sample in samples) prompts.Add(SampleLoader.Load(Encoder.EncodePrompt(sample), Encoder, Features, reader) with { Labels = null });
            var all = settings with { StopTokens = new HashSet<int>(settings.StopTokens.Concat(StopTokens)) };
            var answers = _generator.Generate(prompts, all, onToken, cancel, known);
            return [.. answers.Select(tokens => Encoder.Chat.Tokenizer.Decode(tokens, skipSpecial: true).Trim())];
        }
        finally
        {
            foreach (var prompt in prompts) prompt.FreePictures();
        }
    }

    /// <summary>Packs samples whose pictures may be known; those that begin alike share their beginning.</summary>
    public PackedBatch Pack(IReadOnlyList<ModelSample> samples) =>
        Features?.Pack(samples, share: true) ?? PackedBatch.Pack(samples, Model.Config, Model.DType, Model.Device, share: true);

    public void Dispose()
    {
        _disk?.Dispose();
        Features?.Dispose();
        Model.Dispose();
    }
}
