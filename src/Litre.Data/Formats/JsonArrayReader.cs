namespace Litre.Data.Formats;

/// <summary>
/// The elements of one top-level array, of one inside a top-level object, or objects one after another, without ever
/// holding more than one of them.
/// </summary>
internal static class JsonArrayReader
{
    public static IEnumerable<RawRow> Read(Stream stream, int maximumRowBytes)
    {
        var window = new ByteWindow(stream, maximumRowBytes);
        var line = 1L;
        window.Fill(out _);
        var wrapped = JsonWrapper.OpeningBytes(window.Span);
        var inArray = wrapped > 0;
        line += window.Span[..wrapped].Count((byte)'\n');
        window.Advance(wrapped);
        while (true)
        {
            if (!NextToken(window, ref line)) break;
            var first = window[0];
            if (first == '[' && !inArray)
            {
                inArray = true;
                window.Advance(1);
                continue;
            }
            if (first == ',')
            {
                window.Advance(1);
                continue;
            }
            if (first == ']' && inArray)
            {
                window.Advance(1);
                if (wrapped == 0 && NextToken(window, ref line))
                    yield return new RawRow(line, null, "text follows the end of the array", "put all rows into one array, or write one object a line (JSONL)");
                yield break;
            }
            var length = Scan(window, out var newLines, out var reason);
            if (reason != null)
            {
                yield return new RawRow(line, null, reason, "copy the file again, or write it again with a JSON library; rows before this one are read");
                yield break;
            }
            yield return JsonTree.Parse(window.Slice(0, length), line);
            line += newLines;
            window.Advance(length);
        }
        if (inArray)
            yield return new RawRow(line, null, "the file ends inside its array, expected ']'", "copy or download the file again; rows before this one are read");
    }

    private static bool NextToken(ByteWindow window, ref long line)
    {
        while (true)
        {
            var span = window.Span;
            var next = span.IndexOfAnyExcept(" \t\r\n"u8);
            var blanks = next < 0 ? span : span[..next];
            line += blanks.Count((byte)'\n');
            window.Advance(blanks.Length);
            if (next >= 0) return true;
            if (!window.Fill(out _)) return false;
        }
    }

    // Finds where the value at the window's start ends: brackets are counted outside strings.
    private static int Scan(ByteWindow window, out long newLines, out string? reason)
    {
        (newLines, reason) = (0, null);
        var (depth, inString, escaped) = (0, false, false);
        for (var i = 0; ; i++)
        {
            if (i == window.Length && !window.Fill(out var full))
            {
                // Numbers and words at the top level end where the file does.
                if (!full && depth == 0 && !inString) return i;
                reason = full ? "a row is longer than the limit, or a bracket or quote is never closed" : "the file ends inside a row";
                return 0;
            }
            var b = window[i];
            if (b == '\n') newLines++;
            if (inString)
            {
                if (escaped) escaped = false;
                else if (b == '\\') escaped = true;
                else if (b == '"')
                {
                    inString = false;
                    if (depth == 0) return i + 1;
                }
                continue;
            }
            switch (b)
            {
                case (byte)'"':
                    inString = true;
                    break;
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                case (byte)'}' or (byte)']':
                    if (depth == 0 && i > 0) return i;
                    if (--depth <= 0) return i + 1;
                    break;
                case (byte)',' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' when depth == 0:
                    if (b == '\n') newLines--;
                    return i;
            }
        }
    }
}
