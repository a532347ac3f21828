using System.Text.Json;
using Litre.Data.Imaging;

namespace Litre.Data.Formats;

/// <summary>Recognizes a data file by its first bytes.</summary>
internal static class FileSniffer
{
    private const int HeadBytes = 1 << 18;

    // Common data formats that are not supported, by first bytes.
    private static readonly (byte[] Magic, string Found)[] Others =
    [
        ("ARROW1"u8.ToArray(), "an Arrow file; save it as Parquet (to_parquet)"),
        ([0xFF, 0xFF, 0xFF, 0xFF], "an Arrow file; save it as Parquet (to_parquet)"),
        ([0x50, 0x4B, 3, 4], "a ZIP archive or an Excel workbook; unpack it, or save the sheet as CSV"),
        ([0xD0, 0xCF, 0x11, 0xE0], "an Excel workbook; save the sheet as CSV"),
        ([0x1F, 0x8B], "compressed with gzip; unpack it first"),
        ([0x28, 0xB5, 0x2F, 0xFD], "compressed with zstd; unpack it first"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "compressed with xz; unpack it first"),
        ("BZh"u8.ToArray(), "compressed with bzip2; unpack it first"),
        ("SQLite format 3"u8.ToArray(), "a SQLite database; export its table as CSV"),
    ];

    /// <summary>The format, or null and what the file is instead.</summary>
    /// <param name="path">The file.</param>
    /// <param name="named">Whether the user or the file's extension states that it is data: less certain signs count then.</param>
    /// <param name="found">A description of what it is.</param>
    public static DataFormat? Recognize(string path, bool named, out string found)
    {
        if (ImageSource.LengthOf(path) == 0) // also pipes, which could block the program
        {
            found = "an empty file";
            return null;
        }
        using (var raw = File.OpenRead(path))
        {
            var magic = new byte[16];
            var known = magic.AsSpan(0, raw.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false));
            found = "Parquet";
            if (known.StartsWith("PAR1"u8))
                return DataFormat.Parquet;
            foreach (var (start, what) in Others)
            {
                found = what;
                if (known.StartsWith(start))
                    return null;
            }
        }
        return Text(path, named, out found);
    }

    private static DataFormat? Text(string path, bool named, out string found)
    {
        using var stream = Utf8Input.Open(path);
        var buffer = new byte[HeadBytes];
        var count = stream.ReadAtLeast(buffer, HeadBytes, throwOnEndOfStream: false);
        var head = buffer.AsSpan(0, count);
        var start = head.IndexOfAnyExcept(" \t\r\n"u8);
        found = start < 0 ? "blank lines only" : "not JSON";
        if (start < 0)
            return null;
        if (head.StartsWith("version https://git-lfs.github.com/spec/"u8))
        {
            found = "a Git LFS pointer, not the content; run git lfs pull";
            return null;
        }
        var text = head[start..];
        if (text[0] is (byte)'[' or (byte)'{' && (named || IsJson(text)))
        {
            if (text[0] == '[')
                return IsLines(text, count == HeadBytes, JsonTokenType.StartArray) ? DataFormat.JsonLines : DataFormat.JsonArray;
            if (JsonWrapper.OpeningBytes(head) > 0)
                return DataFormat.JsonObjects;
            return IsLines(text, count == HeadBytes, JsonTokenType.StartObject) ? DataFormat.JsonLines : DataFormat.JsonObjects;
        }
        if (TableHeader.Recognize(head, out found) is not { } table)
            return null;
        if (!named && table.Names.Count(RowNames.IsHeader) < 2)
            return null;
        return table.Separator == '\t' ? DataFormat.Tsv : DataFormat.Csv;
    }

    // Some tokens are enough to distinguish JSON from a text that starts with a bracket.
    private static bool IsJson(ReadOnlySpan<byte> head)
    {
        try
        {
            var reader = new Utf8JsonReader(head, isFinalBlock: false, default);
            for (var i = 0; i < 4; i++)
                if (!reader.Read())
                    break;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // JSON Lines, if any of the first lines is a complete object; a pretty-printed object has none. Lists are lines if a second
    // one follows the first: a single one is an array of rows.
    private static bool IsLines(ReadOnlySpan<byte> head, bool cut, JsonTokenType start)
    {
        for (var i = 0; i < 50 && head.Length > 0; i++)
        {
            var end = head.IndexOf((byte)'\n');
            if (end < 0 && cut)
                return i == 0 && start == JsonTokenType.StartObject; // one line longer than the head
            var line = end < 0 ? head : head[..end];
            if (start == JsonTokenType.StartArray)
                return end >= 0 && IsWhole(line, start) && head[end..].TrimStart(" \t\r\n"u8) is [(byte)'[', ..];
            if (IsWhole(line, start))
                return true;
            // A broken first line may still be a row: it closes what it opens.
            var trimmed = line.TrimEnd(" \r\t,"u8);
            if (i == 0 && trimmed.Length > 1 && trimmed[^1] == '}' && end >= 0)
                return true;
            head = end < 0 ? [] : head[(end + 1)..];
        }
        return false;
    }

    private static bool IsWhole(ReadOnlySpan<byte> line, JsonTokenType start)
    {
        try
        {
            var reader = new Utf8JsonReader(
                line.TrimEnd(" \r\t,"u8),
                new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip }
            );
            return reader.Read() && reader.TokenType == start && reader.TrySkip();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
