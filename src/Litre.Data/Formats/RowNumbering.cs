using System.Runtime.ExceptionServices;

namespace Litre.Data.Formats;

/// <summary>Gives rows that begin in one line of their file (a JSON array in one line, packed rows) their number.</summary>
internal static class RowNumbering
{
    /// <summary>The same rows. Each is held back until the next one is read, since only that tells whether they share a line.</summary>
    public static IEnumerable<RawRow> Number(IEnumerable<RawRow> rows)
    {
        using var source = rows.GetEnumerator();
        RawRow? held = null;
        var (number, shared) = (0L, false);
        while (true)
        {
            ExceptionDispatchInfo? failure = null;
            RawRow? next = null;
            try
            {
                if (source.MoveNext())
                    next = source.Current;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
            var sharesNext = held?.Line == next?.Line;
            if (held is { } row)
                yield return shared || sharesNext ? row with { Number = number } : row;
            failure?.Throw();
            if (next == null)
                yield break;
            shared = held != null && sharesNext;
            held = next;
            number++;
        }
    }
}
