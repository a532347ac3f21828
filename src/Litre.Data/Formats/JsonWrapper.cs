using System.Text;
using System.Text.RegularExpressions;

namespace Litre.Data.Formats;

/// <summary>Recognises <c>{"dataset_name": …, "data": [rows]}</c>, as DocVQA and others publish their rows.</summary>
internal static partial class JsonWrapper
{
    private const int HeadBytes = 1 << 16;

    [GeneratedRegex(
        """\A\s*\{(?:\s*"[^"\\]*"\s*:\s*(?:"[^"\\]*"|[-+.\w]+)\s*,)*"""
            + """\s*"(?:data|rows|samples|examples|items|annotations)"\s*:\s*\[(?=\s*\{)""",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Opening { get; }

    /// <summary>Bytes before the first row; 0 where the text is no such wrapper.</summary>
    public static int OpeningBytes(ReadOnlySpan<byte> head)
    {
        // Latin-1 keeps one character a byte, so positions stay right whatever the keys are written in.
        var match = Opening.Match(Encoding.Latin1.GetString(head[..Math.Min(head.Length, HeadBytes)]));
        return match.Success ? match.Length : 0;
    }
}
