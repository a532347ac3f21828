using Litre.Data.Packing;
using Litre.Data.Samples;
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

    public ModelSession(VisionLanguageModel model, SampleEncoder encoder)
    {
        (Model, Encoder) = (model, encoder);
        _generator = new Generator(model);
        StopTokens = new HashSet<int>([.. model.Config.EosTokenIds, encoder.Chat.EndToken]);
    }

    public VisionLanguageModel Model { get; }

    public SampleEncoder Encoder { get; }

    /// <summary>The configuration's end tokens and the token that ends a turn.</summary>
    public IReadOnlySet<int> StopTokens { get; }

    /// <exception cref="InputException">The checkpoint or the adapter cannot be used.</exception>
    public static ModelSession Open(
        string folder, string? adapter, DType dtype, Device device, long? minimumPixels = null, long? maximumPixels = null)
    {
        // The tokenizer is small: a folder without one is refused before minutes of loading.
        var encoder = SampleEncoder.Load(folder, minimumPixels, maximumPixels);
        var model = ModelFiles.Load(folder, dtype, device);
        try
        {
            if (adapter is not null) AdapterFiles.Load(model, adapter);
            return new ModelSession(model, encoder);
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
    public IReadOnlyList<string> Answer(
        IReadOnlyList<Sample> samples, GenerationSettings settings, Action<int, int>? onToken = null, CancellationToken cancel = default)
    {
        var prompts = new List<ModelSample>();
        try
        {
            foreach (var sample in samples) prompts.Add(SampleLoader.Load(Encoder.EncodePrompt(sample), Encoder) with { Labels = null });
            var all = settings with { StopTokens = new HashSet<int>(settings.StopTokens.Concat(StopTokens)) };
            var answers = _generator.Generate(prompts, all, onToken, cancel);
            return [.. answers.Select(tokens => Encoder.Chat.Tokenizer.Decode(tokens, skipSpecial: true).Trim())];
        }
        finally
        {
            foreach (var prompt in prompts) prompt.Pixels?.Dispose();
        }
    }

    public void Dispose() => Model.Dispose();
}
