namespace Litre.Data.Formats;

/// <summary>One JSON value per line. An invalid line affects only itself.</summary>
internal static class JsonLinesReader
{
    public static IEnumerable<RawRow> Read(Stream stream, int maximumRowBytes)
    {
        var window = new ByteWindow(stream, maximumRowBytes);
        var scanned = 0;
        while (true)
        {
            var end = window.Span[scanned..].IndexOf((byte)'\n');
            if (end >= 0)
            {
                foreach (var row in Parse(window, scanned + end))
                    yield return row;
                window.Advance(scanned + end + 1);
                scanned = 0;
                continue;
            }
            scanned = window.Length;
            if (window.Fill(out var full))
                continue;
            if (full)
            {
                yield return new RawRow(
                    window.Line,
                    null,
                    $"the line is longer than {maximumRowBytes} bytes",
                    "store images as files instead of inside the row"
                );
                if (!SkipLine(window))
                    yield break;
                scanned = 0;
                continue;
            }
            foreach (var last in Parse(window, window.Length))
                yield return last;
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
            if (!window.Fill(out _))
                return false;
        }
    }

    private static IReadOnlyList<RawRow> Parse(ByteWindow window, int length)
    {
        var text = window.Slice(0, length);
        var blanks = text.Span.IndexOfAnyExcept(" \t\r\n"u8);
        return blanks < 0 ? [] : JsonTree.ParseLine(text, window.Line);
    }
}
