namespace Litre.Evaluation;

/// <summary>
/// Groups samples of similar length, the longest first, so that a lack of memory shows at once. Samples about the same images stay
/// together because they share the images' tokens.
/// </summary>
public static class LengthBatches
{
    /// <param name="lengths">Tokens that each sample needs.</param>
    /// <param name="budget">Maximum tokens per batch; a longer sample forms its own batch.</param>
    /// <param name="maximum">Maximum samples per batch.</param>
    /// <param name="imageKeys">The keys of each sample's images; empty if there are none.</param>
    /// <param name="padded">Whether each sample of a batch needs as much space as the longest, as in the key/value cache.</param>
    /// <returns>Indices; every sample is in exactly one batch.</returns>
    public static List<int[]> Create(IReadOnlyList<int> lengths, IReadOnlyList<string> imageKeys, int budget, int maximum, bool padded)
    {
        var batches = new List<int[]>();
        var open = new List<int>();
        var (longest, total) = (0, 0L);
        var groups = Enumerable
            .Range(0, lengths.Count)
            .GroupBy(i => imageKeys[i].Length > 0 ? imageKeys[i] : $"{i}", StringComparer.Ordinal);
        foreach (var index in groups.OrderByDescending(g => g.Max(i => lengths[i])).SelectMany(g => g.OrderByDescending(i => lengths[i])))
        {
            var room = padded ? (long)Math.Max(longest, lengths[index]) * (open.Count + 1) : total + lengths[index];
            if (open.Count == maximum || (open.Count > 0 && room > budget))
            {
                batches.Add([.. open]);
                open.Clear();
                (longest, total) = (0, 0);
            }
            open.Add(index);
            longest = Math.Max(longest, lengths[index]);
            total += lengths[index];
        }
        if (open.Count > 0)
            batches.Add([.. open]);
        return batches;
    }
}
