namespace Litre.Evaluation.Metrics;

/// <summary>Levenshtein's distance (Levenshtein 1966): fewest insertions, deletions and substitutions of characters.</summary>
public static class EditDistance
{
    /// <summary>Unicode scalar values of a text: an emoji outside the basic plane counts once.</summary>
    public static int[] Scalars(string text) => [.. text.EnumerateRunes().Select(r => r.Value)];

    /// <summary>The distance of two texts in Unicode scalar values. Time is the product of the lengths, memory the shorter one.</summary>
    public static int Between(string a, string b) => Between(Scalars(a), Scalars(b));

    internal static int Between(int[] a, int[] b)
    {
        if (a.Length < b.Length)
            (a, b) = (b, a);
        var row = new int[b.Length + 1];
        for (var j = 0; j < row.Length; j++)
            row[j] = j;
        for (var i = 0; i < a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 0; j < b.Length; j++)
            {
                var substituted = diagonal + (a[i] == b[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(substituted, Math.Min(row[j], diagonal) + 1);
            }
        }
        return row[^1];
    }
}
