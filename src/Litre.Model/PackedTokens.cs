using Litre.Model.Text;

namespace Litre.Model;

/// <summary>
/// Sequences laid end to end on the host, as they go to the device: everything of a <see cref="PackedBatch"/> that is made of
/// tokens alone. Plain arrays, so that a background thread can make them while the step before computes. Immutable by
/// convention; thread-safe.
/// </summary>
/// <remarks>T tokens, S sequences, D head width, Pm merged patch groups, A answer tokens.</remarks>
/// <param name="Ids">(T)</param>
/// <param name="Lengths">(S) tokens of each sequence.</param>
/// <param name="Angles">(T, D / 2) of the rotary embedding, row by row.</param>
/// <param name="VisualRows">(Pm) where pictures' tokens stand.</param>
/// <param name="AnswerRows">(A) the tokens whose hidden states predict an answer token.</param>
/// <param name="Targets">(A) the answer tokens predicted.</param>
public sealed record PackedTokens(long[] Ids, int[] Lengths, float[] Angles, long[] VisualRows, long[] AnswerRows, long[] Targets)
{
    /// <param name="samples">At least one sequence; pixels and features are not looked at.</param>
    /// <param name="config">Of the model.</param>
    /// <exception cref="ArgumentException">A sample's pictures do not match its placeholders.</exception>
    public static PackedTokens Of(IReadOnlyList<ModelSample> samples, ModelConfig config)
    {
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
        return new PackedTokens(ids, [.. samples.Select(s => s.Ids.Length)], angles, [.. visual], [.. answerRows], [.. targets]);
    }
}
