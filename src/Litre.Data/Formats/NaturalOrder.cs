namespace Litre.Data.Formats;

/// <summary>Natural order of names: frame_9 before frame_10.</summary>
public sealed class NaturalOrder : IComparer<string>
{
    public static NaturalOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        var a = x.AsSpan();
        var b = y.AsSpan();
        while (a.Length > 0 && b.Length > 0)
        {
            var (m, n) = (Digits(a), Digits(b));
            int order;
            if (m > 0 && n > 0)
            {
                var p = a[..m].TrimStart('0');
                var q = b[..n].TrimStart('0');
                order = p.Length != q.Length ? p.Length - q.Length : p.SequenceCompareTo(q);
            }
            else
            {
                (m, n) = (1, 1);
                order = a[0] - b[0];
            }
            if (order != 0)
                return order;
            a = a[m..];
            b = b[n..];
        }
        return a.Length != b.Length ? a.Length - b.Length : string.CompareOrdinal(x, y);
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        var count = text.IndexOfAnyExceptInRange('0', '9');
        return count < 0 ? text.Length : count;
    }
}
