namespace Litre.Data.Formats;

/// <summary>One JSON value a line. A bad line costs that line only.</summary>
internal static class JsonLinesReader
{
    public static IEnumerable<RawRow> Read(Stream stream, int maximumRowBytes)
    {
        var window = new ByteWindow(stream, maximumRowBytes);
        var line = 1L;
        var scanned = 0;
        while (true)
        {
            var end = window.Span[scanned..].IndexOf((byte)'\n');
            if (end >= 0)
            {
                if (Parse(window, scanned + end, line) is { } row) yield return row;
                window.Advance(scanned + end + 1);
                scanned = 0;
                line++;
                continue;
            }
            scanned = window.Length;
            if (window.Fill(out var full)) continue;
            if (full)
            {
                yield return new RawRow(line, null, $"the line is longer than {maximumRowBytes} bytes", "store pictures as files instead of inside the row");
                if (!SkipLine(window)) yield break;
                scanned = 0;
                line++;
                continue;
            }
            if (Parse(window, window.Length, line) is { } last) yield return last;
            yield break;
        }
    }

    private static bool SkipLine(ByteWindow window)
    {
        while (true)
        {
            var end = window.Span.IndexOf((byte)'\n');
            if (end >= 0)
            {
                window.Advance(end + 1);
                return true;
            }
            window.Advance(window.Length);
            if (!window.Fill(out _)) return false;
        }
    }

    private static RawRow? Parse(ByteWindow window, int length, long line)
    {
        var text = window.Slice(0, length);
        return text.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0 ? null : JsonTree.Parse(text, line);
    }
}
