using System.Text;
using System.Text.Json;
using Litre.Data.Imaging;

namespace Litre.Data.Formats;

/// <summary>Recognises a data file by its first bytes.</summary>
internal static class FileSniffer
{
    private const int HeadBytes = 1 << 18;

    private static readonly string[] HeaderWords =
        ["question", "query", "prompt", "instruction", "problem", "conversations", "messages"];

    /// <summary>The format, or null with what the file is instead.</summary>
    public static DataFormat? Recognise(string path, out string found)
    {
        if (ImageSource.LengthOf(path) == 0) // pipes too, which could keep the program waiting
        {
            found = "an empty file";
            return null;
        }
        using (var raw = File.OpenRead(path))
        {
            Span<byte> magic = stackalloc byte[4];
            if (raw.ReadAtLeast(magic, 4, throwOnEndOfStream: false) == 4 && magic.SequenceEqual("PAR1"u8))
            {
                found = "Parquet";
                return DataFormat.Parquet;
            }
        }
        using var stream = Utf8Input.Open(path);
        var buffer = new byte[HeadBytes];
        var count = stream.ReadAtLeast(buffer, HeadBytes, throwOnEndOfStream: false);
        var head = buffer.AsSpan(0, count);
        var start = head.IndexOfAnyExcept(" \t\r\n"u8);
        found = start < 0 ? "blank lines only" : "neither JSON nor a table with a question column";
        if (start < 0) return null;
        if (head.StartsWith("version https://git-lfs.github.com/spec/"u8))
        {
            found = "a Git LFS pointer, not the content (run git lfs pull)";
            return null;
        }
        if (head[start] == '[') return DataFormat.JsonArray;
        if (JsonWrapper.OpeningBytes(head) > 0) return DataFormat.JsonObjects;
        if (head[start] == '{') return IsLines(head[start..], count == HeadBytes) ? DataFormat.JsonLines : DataFormat.JsonObjects;
        return Table(head);
    }

    // Lines, if any of the first ones is a whole object; a pretty-printed object has none.
    private static bool IsLines(ReadOnlySpan<byte> head, bool cut)
    {
        for (var i = 0; i < 50 && head.Length > 0; i++)
        {
            var end = head.IndexOf((byte)'\n');
            if (end < 0 && cut) return i == 0; // one line longer than the head
            var line = end < 0 ? head : head[..end];
            if (IsWhole(line)) return true;
            // A broken first line may still be a line: it closes what it opens.
            var trimmed = line.TrimEnd(" \r\t"u8);
            if (i == 0 && trimmed.Length > 1 && trimmed[^1] == '}' && end >= 0) return true;
            head = end < 0 ? [] : head[(end + 1)..];
        }
        return false;
    }

    private static bool IsWhole(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.TrySkip();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static DataFormat? Table(ReadOnlySpan<byte> head)
    {
        var end = head.IndexOf((byte)'\n');
        var header = Encoding.UTF8.GetString(end < 0 ? head : head[..end]).ToLowerInvariant();
        foreach (var (separator, format) in ((char, DataFormat)[])[('\t', DataFormat.Tsv), (',', DataFormat.Csv)])
        {
            var names = header.Split(separator).Select(n => n.Trim().Trim('"')).ToList();
            if (names.Count > 1 && names.Any(HeaderWords.Contains)) return format;
        }
        return null;
    }
}
