using Litre.Data.Packing;
using Litre.Model;

namespace Litre.Training.Steps;

/// <summary>The samples whose loss is watched while a run trains on others.</summary>
/// <param name="samples">In the order of the run.</param>
/// <param name="reader">Loads them.</param>
public sealed class HeldOutSamples(IReadOnlyList<TokenizedSample> samples, SampleReader reader)
{
    public int Count => samples.Count;

    public bool HasImages => samples.Any(s => s.Visuals.Count > 0);

    /// <summary>Which samples go through the model together.</summary>
    /// <param name="tokenBudget">Tokens of a pass.</param>
    public IReadOnlyList<int[]> Groups(int tokenBudget) => [.. Group([.. samples.Select(s => s.Length)], tokenBudget)];

    /// <summary>The samples of a group with their images, which are the caller's to free.</summary>
    /// <exception cref="Core.InputException">An image cannot be read any more.</exception>
    public ModelSample[] Load(int[] group) => reader.Load([.. group.Select(i => samples[i])]);

    /// <summary>Samples in their order, as many together as a token budget holds; at least one.</summary>
    /// <param name="lengths">Tokens of each.</param>
    /// <param name="tokenBudget">Tokens of a group.</param>
    public static IEnumerable<int[]> Group(IReadOnlyList<int> lengths, int tokenBudget)
    {
        var (start, tokens) = (0, 0L);
        for (var i = 0; i < lengths.Count; i++)
        {
            if (i > start && tokens + lengths[i] > tokenBudget)
            {
                yield return [.. Enumerable.Range(start, i - start)];
                (start, tokens) = (i, 0);
            }
            tokens += lengths[i];
        }
        if (start < lengths.Count)
            yield return [.. Enumerable.Range(start, lengths.Count - start)];
    }
}
