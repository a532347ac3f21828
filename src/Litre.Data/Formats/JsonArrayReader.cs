namespace Litre.Data.Formats;

/// <summary>
/// The elements of top-level arrays, of one array inside a top-level object, or consecutive objects, without ever
/// keeping more than one of them in memory.
/// </summary>
internal static class JsonArrayReader
{
    private const string CopyAgain = "copy the file again, or write it again with a JSON library; rows before this one are read";

    public static IEnumerable<RawRow> Read(Stream stream, int maximumRowBytes, Action<string>? notice = null)
    {
        var window = new ByteWindow(stream, maximumRowBytes);
        window.Fill(out _);
        var wrapped = JsonWrapper.OpeningBytes(window.Span);
        window.Advance(wrapped);
        var (inArray, arrays) = (wrapped > 0, 0);
        while (NextToken(window))
        {
            var first = window[0];
            if (first == ',' || (first == '[' && !inArray))
            {
                if (first == '[' && ++arrays == 2)
                    notice?.Invoke("contains several arrays one after another; all of them are read");
                inArray |= first == '[';
                window.Advance(1);
                continue;
            }
            if (first == ']' && inArray)
            {
                window.Advance(1);
                inArray = false;
                if (wrapped > 0)
                {
                    foreach (var key in KeysAfterRows(window))
                        notice?.Invoke($"'{PathResolver.Shorten(key)}' is next to the rows and is not read");
                    if (!NextToken(window))
                        yield break;
                    if (window[0] != '}')
                    {
                        yield return new RawRow(window.Line, null, "what follows the rows in their object is not valid JSON", CopyAgain);
                        yield break;
                    }
                    window.Advance(1);
                    if (!NextToken(window))
                        yield break;
                    wrapped = JsonWrapper.OpeningBytes(window.Span);
                    inArray = wrapped > 0;
                    window.Advance(wrapped);
                    continue;
                }
                if (!NextToken(window) || window[0] is (byte)'[' or (byte)',')
                    continue;
                yield return new RawRow(
                    window.Line,
                    null,
                    "text follows the end of the array",
                    "put all rows into one array, or write one object per line (JSONL)"
                );
                yield break;
            }
            var length = Scan(window, out var reason);
            if (reason != null)
            {
                yield return new RawRow(window.Line, null, reason, CopyAgain);
                yield break;
            }
            yield return JsonTree.Parse(window.Slice(0, length), window.Line, window.Column);
            window.Advance(length);
        }
        if (inArray)
            yield return new RawRow(window.Line, null, "the file ends inside its array, expected ']'", CopyAgain);
    }

    // Content after the rows inside their object, if it consists of more than single values.
    private static List<string> KeysAfterRows(ByteWindow window)
    {
        var keys = new List<string>();
        while (NextToken(window) && window[0] == ',')
        {
            window.Advance(1);
            if (!NextToken(window) || window[0] != '"')
                break;
            var length = Scan(window, out var reason);
            if (reason != null)
                break;
            var key = JsonTree.Parse(window.Slice(0, length), window.Line).Value as string ?? "?";
            window.Advance(length);
            if (!NextToken(window) || window[0] != ':')
                break;
            window.Advance(1);
            if (!NextToken(window))
                break;
            if (window[0] is (byte)'[' or (byte)'{')
                keys.Add(key);
            length = Scan(window, out reason);
            if (reason != null)
                break;
            window.Advance(length);
        }
        return keys;
    }

    private static bool NextToken(ByteWindow window)
    {
        while (true)
        {
            var next = window.Span.IndexOfAnyExcept(" \t\r\n"u8);
            window.Advance(next < 0 ? window.Length : next);
            if (next >= 0)
                return true;
            if (!window.Fill(out _))
                return false;
        }
    }

    // Finds the end of the value at the window's start: brackets are counted outside strings.
    private static int Scan(ByteWindow window, out string? reason)
    {
        reason = null;
        var (depth, inString, escaped) = (0, false, false);
        for (var i = 0; ; i++)
        {
            if (i == window.Length && !window.Fill(out var full))
            {
                // Numbers and words at the top level end at the end of the file.
                if (!full && depth == 0 && !inString)
                    return i;
                reason = full ? "a row is longer than the limit, or a bracket or quote is never closed" : "the file ends inside a row";
                return 0;
            }
            var b = window[i];
            if (inString)
            {
                if (escaped)
                    escaped = false;
                else if (b == '\\')
                    escaped = true;
                else if (b == '"')
                {
                    inString = false;
                    if (depth == 0)
                        return i + 1;
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
                    if (depth == 0 && i > 0)
                        return i;
                    if (--depth <= 0)
                        return i + 1;
                    break;
                case (byte)',' or (byte)':' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' when depth == 0 && i > 0:
                    return i;
            }
        }
    }
}
