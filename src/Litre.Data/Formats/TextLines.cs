using System.Text;

namespace Litre.Data.Formats;

/// <summary>Lines of plain text, each a row; blank lines are skipped.</summary>
internal static class TextLines
{
    public static IEnumerable<RawRow> Read(Stream stream, int maximumRowBytes)
    {
        using var reader = new StreamReader(stream, new UTF8Encoding(false), false, 1 << 16);
        for (var line = 1L; reader.ReadLine() is { } text; line++)
        {
            if (text.Length > maximumRowBytes)
                yield return new RawRow(line, null, $"the line is longer than {maximumRowBytes} characters", "break it into several");
            else if (!string.IsNullOrWhiteSpace(text))
                yield return new RawRow(line, new Dictionary<string, object?> { ["text"] = text });
        }
    }
}
