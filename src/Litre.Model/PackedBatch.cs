using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Model;

/// <summary>Sequences laid end to end on the device, with their pictures.</summary>
/// <param name="Text">The packed tokens.</param>
/// <param name="Vision">The pictures, or null.</param>
/// <param name="AnswerTokens">Tokens that a loss is taken for.</param>
/// <param name="Features">What the tower made of the pictures earlier, in place of <paramref name="Vision"/>; or null.</param>
public sealed record PackedBatch(TextInput Text, VisionInput? Vision, int AnswerTokens, VisionOutput? Features = null) : IDisposable
{
    /// <param name="samples">At least one sequence.</param>
    /// <param name="config">Of the model.</param>
    /// <param name="dtype">The model's type.</param>
    /// <param name="device">The model's device.</param>
    /// <param name="tokens">Of these samples, where they were made ahead; else they are made here.</param>
    /// <exception cref="ArgumentException">A sample's pictures do not match its placeholders, only some samples bring features, or the tokens are of other samples.</exception>
    public static PackedBatch Pack(IReadOnlyList<ModelSample> samples, ModelConfig config, DType dtype, Device device, PackedTokens? tokens = null)
    {
        using var scope = new TensorScope();
        using var label = MemoryLedger.Label(MemoryUse.Inputs);
        tokens ??= PackedTokens.Of(samples, config);
        if (!tokens.Lengths.AsSpan().SequenceEqual(samples.Select(s => s.Ids.Length).ToArray()))
            throw new ArgumentException($"the tokens of {tokens.Lengths.Length} sequences were made for other samples than these {samples.Count}");
        var text = new TextInput(
            TensorScope.Keep(Tensor.From(tokens.Ids, device)), new SequenceLayout(tokens.Lengths, device),
            new Rotary(tokens.Angles, tokens.Ids.Length, dtype, device), Upload(tokens.VisualRows), Upload(tokens.AnswerRows), Upload(tokens.Targets));
        var pixels = samples.Select(s => s.Pixels).OfType<Tensor>().ToArray();
        var vision = pixels.Length == 0
            ? null
            : new VisionInput(pixels, [.. samples.SelectMany(s => s.Grids)], config.Vision, dtype, device);
        return new PackedBatch(text, vision, tokens.Targets.Length, Joined(samples, pixels.Length, device));

        Tensor? Upload(long[] values) => values.Length == 0 ? null : TensorScope.Keep(Tensor.From(values, device));
    }

    public void Dispose()
    {
        Text.Dispose();
        Vision?.Dispose();
        Features?.Dispose();
    }

    private static VisionOutput? Joined(IReadOnlyList<ModelSample> samples, int pixels, Device device)
    {
        var parts = samples.Select(s => s.Features).OfType<VisionOutput>().ToArray();
        if (parts.Length == 0) return null;
        if (pixels > 0) throw new ArgumentException($"{parts.Length} samples bring features and {pixels} bring pixels; one batch takes one of both");
        // New handles at least: the batch frees what it holds.
        return VisionOutput.Concat(parts, device).Each(t => TensorScope.Keep(t.Alias()));
    }
}
