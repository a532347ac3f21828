namespace Litre.Training.Evaluation;

/// <summary>Groups samples of like length, the longest first, so that what does not fit into memory shows at once.</summary>
internal static class LengthBatches
{
    /// <param name="lengths">Tokens that each sample takes.</param>
    /// <param name="budget">Most tokens of a batch; a longer sample is a batch of its own.</param>
    /// <param name="maximum">Most samples of a batch.</param>
    /// <param name="padded">Whether each sample of a batch takes as much room as the longest, as in the key/value cache.</param>
    /// <returns>Indices; every sample is in exactly one batch.</returns>
    public static List<int[]> Make(IReadOnlyList<int> lengths, int budget, int maximum, bool padded)
    {
        var batches = new List<int[]>();
        var open = new List<int>();
        var used = 0L;
        foreach (var index in Enumerable.Range(0, lengths.Count).OrderByDescending(i => lengths[i]))
        {
            var size = padded && open.Count > 0 ? lengths[open[0]] : lengths[index];
            if (open.Count == maximum || (open.Count > 0 && used + size > budget))
            {
                batches.Add([.. open]);
                open.Clear();
                (used, size) = (0, lengths[index]);
            }
            open.Add(index);
            used += size;
        }
        if (open.Count > 0) batches.Add([.. open]);
        return batches;
    }
}
