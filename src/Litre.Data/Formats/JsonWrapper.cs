using System.Text;
using System.Text.RegularExpressions;

namespace Litre.Data.Formats;

/// <summary>Recognizes <c>{"dataset_name": …, "data": [rows]}</c>, the format of DocVQA and others.</summary>
internal static partial class JsonWrapper
{
    private const int HeadBytes = 1 << 16;

    [GeneratedRegex(
        """\A\s*\{(?:\s*"[^"\\]*"\s*:\s*(?:"[^"\\]*"|[-+.\w]+)\s*,)*"""
            + """\s*"(?:data|rows|samples|examples|items|annotations)"\s*:\s*\[(?=\s*\{)""",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Opening { get; }

    /// <summary>Bytes before the first row; 0 if the text is not such a wrapper.</summary>
    public static int OpeningBytes(ReadOnlySpan<byte> head)
    {
        // Latin-1 has one character per byte, so positions are correct for keys in any script.
        var match = Opening.Match(Encoding.Latin1.GetString(head[..Math.Min(head.Length, HeadBytes)]));
        return match.Success ? match.Length : 0;
    }
}
