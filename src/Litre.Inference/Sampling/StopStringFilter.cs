namespace Litre.Inference.Sampling;

/// <summary>
/// Ends the text of an answer at the first stop string, which is not emitted. Text that may be the beginning of a stop string is held back.
/// Where the text is divided makes no difference. Not thread-safe.
/// </summary>
/// <param name="stops">The stop strings; none of them empty.</param>
public sealed class StopStringFilter(IReadOnlyList<string> stops)
{
    private string _held = "";

    /// <summary>Whether a stop string was found; the answer is complete.</summary>
    public bool IsStopped => StopString is not null;

    /// <summary>The stop string that was found, or null.</summary>
    public string? StopString { get; private set; }

    /// <summary>Appends text.</summary>
    /// <returns>The text that can be emitted now; may be empty.</returns>
    public string Push(string text)
    {
        if (IsStopped || text.Length == 0)
            return "";
        text = _held + text;
        var (begin, end) = (-1, int.MaxValue);
        foreach (var stop in stops)
        {
            var at = text.IndexOf(stop, StringComparison.Ordinal);
            // The one that is complete first; of several, the longest.
            if (at < 0 || at + stop.Length > end || (at + stop.Length == end && at > begin))
                continue;
            (begin, end, StopString) = (at, at + stop.Length, stop);
        }
        if (IsStopped)
        {
            _held = "";
            return text[..begin];
        }
        var kept = stops.Select(s => Beginning(text, s)).DefaultIfEmpty(0).Max();
        _held = text[^kept..];
        return text[..^kept];
    }

    /// <summary>Ends the text.</summary>
    /// <returns>The text that was held back.</returns>
    public string Finish()
    {
        var rest = _held;
        _held = "";
        return rest;
    }

    // How much of the end of a text is the beginning of a stop string.
    private static int Beginning(string text, string stop)
    {
        var length = Math.Min(text.Length, stop.Length - 1);
        while (!text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
            length--;
        return length;
    }
}
