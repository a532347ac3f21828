namespace Litre.Library.Merging;

/// <summary>TIES merging (Yadav and others 2023) of whole updates, with the conventions of PEFT's <c>ties_svd</c>.</summary>
internal static class Ties
{
    /// <summary>
    /// Trims each update to its largest numbers, elects the sign of the sum at each position, and averages the weighted numbers that have
    /// it. A sum of 0 elects plus.
    /// </summary>
    /// <param name="updates">The updates, of equal length; trimmed in place.</param>
    /// <param name="weights">The factor of each update.</param>
    /// <param name="density">The share of numbers that are kept.</param>
    internal static double[] Merge(IReadOnlyList<double[]> updates, IReadOnlyList<double> weights, double density)
    {
        foreach (var update in updates)
            Trim(update, density);
        var merged = new double[updates[0].Length];
        for (var i = 0; i < merged.Length; i++)
        {
            var sum = 0.0;
            foreach (var update in updates)
                sum += update[i];
            var sign = sum >= 0 ? 1 : -1;
            var (total, count) = (0.0, 0);
            for (var j = 0; j < updates.Count; j++)
            {
                if (Math.Sign(updates[j][i]) != sign)
                    continue;
                total += updates[j][i] * weights[j];
                count++;
            }
            merged[i] = total / Math.Max(count, 1);
        }
        return merged;
    }

    // Among equal magnitudes at the threshold, the first are kept.
    private static void Trim(double[] update, double density)
    {
        var keep = (int)(density * update.Length);
        if (keep == update.Length)
            return;
        var sorted = Array.ConvertAll(update, Math.Abs);
        Array.Sort(sorted);
        var threshold = keep == 0 ? double.PositiveInfinity : sorted[^keep];
        var equal = keep - (sorted.Length - CountNotLarger(sorted, threshold));
        for (var i = 0; i < update.Length; i++)
        {
            var size = Math.Abs(update[i]);
            if (size > threshold || (size == threshold && equal-- > 0))
                continue;
            update[i] = 0;
        }
    }

    // How many of the sorted numbers are not larger than the threshold.
    private static int CountNotLarger(double[] sorted, double threshold)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle] <= threshold)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
