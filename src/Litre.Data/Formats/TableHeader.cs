using System.Text;

namespace Litre.Data.Formats;

/// <summary>The first line of a table: the separator and the names of its columns.</summary>
/// <param name="Separator">Tab, comma, semicolon or bar.</param>
/// <param name="Skip">Lines before the header: Excel's <c>sep=;</c>.</param>
/// <param name="Names">The names of the columns.</param>
internal sealed record TableHeader(char Separator, int Skip, IReadOnlyList<string> Names)
{
    private static readonly char[] Separators = ['\t', ',', ';', '|'];

    /// <summary>Recognizes a table's first lines.</summary>
    /// <param name="head">The start of the file, in UTF-8.</param>
    /// <param name="found">A description of what the file is instead.</param>
    public static TableHeader? Recognize(ReadOnlySpan<byte> head, out string found)
    {
        var (line, skip) = (Line(ref head), 0);
        while (line.Trim().Length == 0 && head.Length > 0)
            (line, skip) = (Line(ref head), skip + 1);
        char? told = null;
        if (line.Trim() is ['s' or 'S', 'e' or 'E', 'p' or 'P', '=', var separator])
            (told, line, skip) = (separator, Line(ref head), skip + 1);
        var best = (told is { } only ? [only] : Separators)
            .Select(s => (Separator: s, Names: Split(line, s)))
            .OrderByDescending(t => t.Names.Count(RowNames.IsHeader))
            .ThenByDescending(t => t.Names.Count)
            .First();
        found =
            best.Names.Count > 1
                ? $"a table whose first line names no question, answer or text ('{PathResolver.Shorten(line.Trim())}')"
                : "neither JSON nor a table with a question column";
        var known = best.Names.Count(RowNames.IsHeader);
        if (known == 0 || (best.Names.Count == 1 && (RowNames.Meaning(best.Names[0]) ?? best.Names[0]) != "text"))
            return null;
        if (best.Names.All(n => !RowNames.IsRowHeader(n)))
            return null;
        return new TableHeader(best.Separator, skip, best.Names);
    }

    // Inside quotes, separators and line breaks belong to a name.
    private static List<string> Split(string line, char separator)
    {
        var names = new List<string>();
        var (start, quoted) = (0, false);
        for (var i = 0; i <= line.Length; i++)
        {
            if (i < line.Length && line[i] == '"')
                quoted = !quoted;
            if (i < line.Length && (quoted || line[i] != separator))
                continue;
            names.Add(line[start..i].Trim().Trim('"').Trim());
            start = i + 1;
        }
        return names;
    }

    private static string Line(ref ReadOnlySpan<byte> head)
    {
        var end = head.IndexOfAny((byte)'\n', (byte)'\r');
        var line = Encoding.UTF8.GetString(end < 0 ? head : head[..end]);
        if (end >= 0 && head[end] == '\r' && end + 1 < head.Length && head[end + 1] == '\n')
            end++;
        head = end < 0 ? [] : head[(end + 1)..];
        return line;
    }
}
