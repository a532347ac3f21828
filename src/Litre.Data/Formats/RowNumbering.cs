using System.Runtime.ExceptionServices;

namespace Litre.Data.Formats;

/// <summary>Numbers rows that start in the same line of their file (a JSON array in one line, packed rows).</summary>
internal static class RowNumbering
{
    /// <summary>The same rows. Each is returned after the next one is read, which shows whether they share a line.</summary>
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
