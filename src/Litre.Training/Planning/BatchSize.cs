using Litre.Model;

namespace Litre.Training.Planning;

/// <summary>What of a micro-batch decides its memory.</summary>
/// <param name="Tokens">Of all sequences.</param>
/// <param name="Patches">Of all pictures.</param>
/// <param name="Answers">Tokens that the output head is computed for.</param>
/// <param name="Samples">Sequences.</param>
/// <param name="Squares">Sum of the sequences' and frames' lengths squared: scores of attention without a fused kernel.</param>
/// <param name="Largest">Patches of the largest picture: on the CPU each may go through the tower alone.</param>
/// <param name="Distinct">Patches of pictures that are not the same as another of the batch: only these go through a frozen tower.</param>
internal readonly record struct BatchSize(long Tokens, long Patches, long Answers, long Samples, long Squares, long Largest, long Distinct)
{
    /// <summary>Of a micro-batch.</summary>
    public static BatchSize Of(IReadOnlyList<ModelSample> batch)
    {
        var size = batch.Select(Of).Aggregate(default(BatchSize), (sum, s) => sum + s);
        return size with { Distinct = PlanData.Distinct(batch) + batch.Where(s => s.PictureKeys is null).Sum(s => Of(s).Patches) };
    }

    /// <summary>Of one sample.</summary>
    public static BatchSize Of(ModelSample sample) => new(
        sample.Ids.Length, sample.Grids.Sum(g => (long)g.Patches), sample.AnswerTokens, 1,
        (long)sample.Ids.Length * sample.Ids.Length + sample.Grids.Sum(g => g.Frames * (long)g.PatchesPerFrame * g.PatchesPerFrame),
        sample.Grids.Select(g => (long)g.Patches).DefaultIfEmpty().Max(), sample.Grids.Sum(g => (long)g.Patches));

    public static BatchSize operator +(BatchSize a, BatchSize b) => new(
        a.Tokens + b.Tokens, a.Patches + b.Patches, a.Answers + b.Answers, a.Samples + b.Samples, a.Squares + b.Squares, Math.Max(a.Largest, b.Largest), a.Distinct + b.Distinct);

    /// <summary>Whether this one is at least as large in everything.</summary>
    public bool Covers(BatchSize other) =>
        Tokens >= other.Tokens && Patches >= other.Patches && Answers >= other.Answers && Samples >= other.Samples
        && Squares >= other.Squares && Largest >= other.Largest && Distinct >= other.Distinct;

    /// <summary>
    /// Those that could be the worst, at most <paramref name="most"/>: first all that no other covers; of too many, the extremes
    /// of several mixtures, since how much a patch weighs against a token differs from model to model.
    /// </summary>
    public static IReadOnlyList<BatchSize> Worst(IEnumerable<BatchSize> sizes, int most)
    {
        var front = new List<BatchSize>();
        foreach (var size in sizes.OrderByDescending(s => s.Tokens).ThenByDescending(s => s.Patches))
        {
            if (front.Any(f => f.Covers(size))) continue;
            front.RemoveAll(size.Covers);
            front.Add(size);
        }
        if (front.Count <= most) return front;
        Func<BatchSize, double>[] mixtures =
        [
            s => s.Tokens, s => s.Patches, s => s.Squares, s => s.Largest + 1e-3 * s.Patches, s => s.Tokens + 0.25 * s.Patches,
            s => s.Tokens + s.Patches, s => s.Tokens + s.Distinct, s => s.Tokens + 2 * s.Answers, s => s.Tokens + 0.25 * s.Patches + 0.1 * s.Answers,
        ];
        return [.. mixtures.Select(m => front.MaxBy(m)).Distinct().Take(most)];
    }
}
