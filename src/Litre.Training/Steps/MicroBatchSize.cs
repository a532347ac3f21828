using Litre.Model;
using Litre.Model.Configuration;

namespace Litre.Training.Steps;

/// <summary>The properties of a micro-batch that determine its memory.</summary>
/// <param name="Tokens">The tokens of all sequences.</param>
/// <param name="Patches">The patches of all images.</param>
/// <param name="Answers">The tokens for which the output head is computed.</param>
/// <param name="Samples">The number of sequences: samples and shared prefixes.</param>
/// <param name="SquaredLengths">Sum over sequences and frames of queries times keys: scores of attention without a fused kernel.</param>
/// <param name="Largest">Patches of the largest image: on the CPU each may go through the vision tower alone.</param>
/// <param name="Keys">Keys of all sequences if some attend to tokens of others; otherwise 0.</param>
/// <param name="Scores">
/// Queries times keys of the sequences that attend to tokens of others; the CPU's fused kernel does not support these.
/// </param>
/// <param name="Distinct">Patches of the distinct images of the batch: only these go through a frozen vision tower.</param>
public readonly record struct MicroBatchSize(
    long Tokens,
    long Patches,
    long Answers,
    long Samples,
    long SquaredLengths,
    long Largest,
    long Keys,
    long Scores,
    long Distinct
)
{
    /// <param name="batch">The batch, without pixels.</param>
    /// <param name="config">The configuration of the model.</param>
    /// <param name="share">Whether samples with the same beginning share it.</param>
    public static MicroBatchSize Of(IReadOnlyList<ModelSample> batch, ModelConfig config, bool share)
    {
        var size = default(MicroBatchSize);
        var seen = 0L;
        foreach (var group in PrefixGroup.Find(batch, config, share))
        {
            var (first, prefix) = (batch[group.Samples[0]], (long)group.Length);
            var grids = first.Grids;
            var lengths = group.Samples.Select(i => (long)batch[i].Ids.Length).ToArray();
            var scores = lengths.Sum(l => (l - prefix) * l);
            size = new MicroBatchSize(
                size.Tokens + group.Tokens(batch),
                size.Patches + grids.Sum(g => (long)g.Patches),
                size.Answers + group.Samples.Sum(i => batch[i].AnswerTokens),
                size.Samples + lengths.Length + (prefix > 0 ? 1 : 0),
                size.SquaredLengths + prefix * prefix + scores + grids.Sum(g => g.Frames * (long)g.PatchesPerFrame * g.PatchesPerFrame),
                Math.Max(size.Largest, grids.Select(g => (long)g.Patches).DefaultIfEmpty().Max()),
                0,
                size.Scores + (prefix > 0 ? scores : 0),
                0
            );
            seen += prefix + lengths.Sum();
        }
        return size with { Keys = seen > size.Tokens ? seen : 0, Distinct = StepOutline.LoadedPatches(batch) };
    }

    /// <summary>Whether this size is at least as large in every respect.</summary>
    public bool Dominates(MicroBatchSize other) =>
        Tokens >= other.Tokens
        && Patches >= other.Patches
        && Answers >= other.Answers
        && Samples >= other.Samples
        && SquaredLengths >= other.SquaredLengths
        && Largest >= other.Largest
        && Keys >= other.Keys
        && Scores >= other.Scores
        && Distinct >= other.Distinct;

    /// <summary>
    /// The candidates for the largest memory, at most <paramref name="maximum"/>: all that no other dominates; if these are too many,
    /// the extremes of several weightings, because the cost of a patch relative to a token differs between models.
    /// </summary>
    public static IReadOnlyList<MicroBatchSize> ParetoMaxima(IEnumerable<MicroBatchSize> sizes, int maximum)
    {
        var front = new List<MicroBatchSize>();
        foreach (var size in sizes.OrderByDescending(s => s.Tokens).ThenByDescending(s => s.Patches))
        {
            if (front.Any(f => f.Dominates(size)))
                continue;
            front.RemoveAll(size.Dominates);
            front.Add(size);
        }
        if (front.Count <= maximum)
            return front;
        Func<MicroBatchSize, double>[] mixtures =
        [
            s => s.Tokens,
            s => s.Patches,
            s => s.SquaredLengths,
            s => s.Largest + 1e-3 * s.Patches,
            s => s.Tokens + 0.25 * s.Patches,
            s => s.Tokens + s.Patches,
            s => s.Tokens + s.Distinct,
            s => s.Tokens + 2 * s.Answers,
            s => s.Tokens + 0.1 * s.Keys,
            s => s.Tokens + 0.01 * s.Scores,
            s => s.Scores,
            s => s.Tokens + 0.25 * s.Patches + 0.1 * s.Answers,
        ];
        return [.. mixtures.Select(m => front.MaxBy(m)).Distinct().Take(maximum)];
    }
}
