using Litre.Data.Packing;
using Litre.Model;

namespace Litre.Training.Steps;

/// <summary>The samples whose loss is measured while a run trains on others.</summary>
/// <param name="samples">The samples in the order of the run.</param>
/// <param name="reader">Loads them.</param>
public sealed class HeldOutSamples(IReadOnlyList<TokenizedSample> samples, SampleReader reader)
{
    public int Count => samples.Count;

    public bool HasImages => samples.Any(s => s.Visuals.Count > 0);

    /// <summary>The groups of samples that go through the model together.</summary>
    /// <param name="tokenBudget">Tokens per pass.</param>
    public IReadOnlyList<int[]> Groups(int tokenBudget) => [.. Group([.. samples.Select(s => s.Length)], tokenBudget)];

    /// <summary>Loads the samples of a group with their images, which the caller frees.</summary>
    /// <exception cref="Core.InputException">An image can no longer be read.</exception>
    public ModelSample[] Load(int[] group) => reader.Load([.. group.Select(i => samples[i])]);

    /// <summary>Groups samples in their order, as many together as fit into a token budget; at least one.</summary>
    /// <param name="lengths">Tokens of each.</param>
    /// <param name="tokenBudget">Tokens per group.</param>
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
