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
    /// <exception cref="ArgumentException">A sample's pictures do not match its placeholders, or only some samples bring features.</exception>
    public static PackedBatch Pack(IReadOnlyList<ModelSample> samples, ModelConfig config, DType dtype, Device device)
    {
        using var scope = new TensorScope();
        using var label = MemoryLedger.Label(MemoryUse.Inputs);
        var tokens = samples.Sum(s => s.Ids.Length);
        var ids = new long[tokens];
        List<long> visual = [], answerRows = [], targets = [];
        var mrope = new MropeAngles(config.Text);
        var angles = GC.AllocateUninitializedArray<float>(tokens * mrope.Width);
        var start = 0;
        foreach (var sample in samples)
        {
            var (positions, _) = MropePositions.Compute(sample.Ids, sample.Grids, config);
            mrope.Compute(positions, angles.AsSpan(start * mrope.Width));
            for (var t = 0; t < sample.Ids.Length; t++)
            {
                ids[start + t] = sample.Ids[t];
                if (sample.Ids[t] == config.ImageTokenId || sample.Ids[t] == config.VideoTokenId) visual.Add(start + t);
                if (t == 0 || sample.Labels is null || sample.Labels[t] == ModelSample.NoLoss) continue;
                answerRows.Add(start + t - 1);
                targets.Add(sample.Labels[t]);
            }
            start += sample.Ids.Length;
        }
        var text = new TextInput(
            TensorScope.Keep(Tensor.From(ids, device)), new SequenceLayout([.. samples.Select(s => s.Ids.Length)], device),
            new Rotary(angles, tokens, dtype, device),
            visual.Count == 0 ? null : Upload(visual),
            answerRows.Count == 0 ? null : Upload(answerRows), targets.Count == 0 ? null : Upload(targets));
        var pixels = samples.Select(s => s.Pixels).OfType<Tensor>().ToArray();
        var vision = pixels.Length == 0
            ? null
            : new VisionInput(pixels, [.. samples.SelectMany(s => s.Grids)], config.Vision, dtype, device);
        return new PackedBatch(text, vision, targets.Count, Joined(samples, pixels.Length, device));

        Tensor Upload(List<long> values) => TensorScope.Keep(Tensor.From(values.ToArray(), device));
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
