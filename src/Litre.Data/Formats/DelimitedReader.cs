using System.Text;

namespace Litre.Data.Formats;

/// <summary>
/// Tables with a header (RFC 4180: quotes, doubled quotes, line breaks inside quotes). A custom reader, since it tracks the
/// line in which each row starts, limits the size of a row, and continues after a row of the wrong length.
/// </summary>
internal static class DelimitedReader
{
    private const string SaveAgain = "save the file again as CSV in UTF-8";

    public static IEnumerable<RawRow> Read(Stream stream, TableHeader table, int maximumRowBytes)
    {
        using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true), false, 1 << 16);
        var parser = new Parser(reader, table.Separator, maximumRowBytes);
        string[]? header = null;
        while (true)
        {
            var line = parser.Line;
            List<string>? fields;
            string? reason = null;
            try
            {
                fields = parser.Next(out reason);
            }
            catch (DecoderFallbackException)
            {
                (fields, reason) = (null, "from here on the text is not UTF-8, UTF-16 or GBK");
            }
            if (reason != null)
            {
                yield return new RawRow(line, null, reason, SaveAgain);
                yield break;
            }
            if (fields == null)
                yield break;
            if (line <= table.Skip || fields.All(f => f.Length == 0))
                continue;
            if (header == null)
            {
                header = [.. fields.Select((f, i) => f.Trim() is { Length: > 0 } name ? name : $"(column {i + 1})")];
                if (header.GroupBy(h => h).FirstOrDefault(g => g.Count() > 1) is { } twice)
                {
                    yield return new RawRow(
                        line,
                        null,
                        $"the header names the column '{PathResolver.Shorten(twice.Key)}' {twice.Count()} times",
                        "give each column a different name"
                    );
                    yield break;
                }
                continue;
            }
            // Spreadsheets write empty fields at the end of rows.
            while (fields.Count > header.Length && fields[^1].Length == 0)
                fields.RemoveAt(fields.Count - 1);
            if (fields.Count != header.Length)
            {
                yield return new RawRow(
                    line,
                    null,
                    $"has {fields.Count} fields, expected {header.Length} as in the header",
                    "quote fields that contain separators or line breaks"
                );
                continue;
            }
            var row = new Dictionary<string, object?>();
            for (var i = 0; i < header.Length; i++)
                if (fields[i].Length > 0 || header[i][0] != '(')
                    row[header[i]] = fields[i];
            yield return new RawRow(line, row);
        }
    }

    private sealed class Parser(StreamReader reader, char separator, int maximumChars)
    {
        public long Line { get; private set; } = 1;

        public List<string>? Next(out string? reason)
        {
            reason = null;
            if (reader.Peek() < 0)
                return null;
            var start = Line;
            var fields = new List<string>();
            var field = new StringBuilder();
            var (quoted, total) = (false, 0L);
            while (true)
            {
                var c = reader.Read();
                if (++total > maximumChars || (c < 0 && quoted))
                {
                    reason =
                        c < 0
                            ? $"a quote opened in line {start} or later is never closed"
                            : $"the row is longer than {maximumChars} characters";
                    return null;
                }
                if (c == '\n')
                    Line++;
                if (quoted)
                {
                    if (c == '"' && reader.Peek() == '"')
                        field.Append((char)reader.Read());
                    else if (c == '"')
                        quoted = false;
                    else
                        field.Append((char)c);
                }
                else if (c == '"' && field.Length == 0)
                {
                    quoted = true;
                }
                else if (c == separator || c is '\n' or '\r' or < 0)
                {
                    if (c == '\r' && reader.Peek() == '\n')
                        continue; // the line ends with the next character
                    if (c == '\r')
                        Line++;
                    fields.Add(field.ToString());
                    field.Clear();
                    if (c != separator)
                        return fields;
                }
                else
                {
                    field.Append((char)c);
                }
            }
        }
    }
}
