using System.Text;
using System.Text.Unicode;

namespace Litre.Data.Formats;

/// <summary>Recognizes the encoding of a text file: UTF-8, UTF-16, UTF-32 or GB18030 (GBK, GB2312).</summary>
internal static class TextEncodings
{
    // How far the first non-ASCII character is searched for, and how much text from there on is examined.
    private const long MaximumAscii = 64L << 20;
    private const int SampleBytes = 1 << 16;

    static TextEncodings() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>The encoding (null for UTF-8), the size of its byte order mark, and its name if the user should be notified.</summary>
    public static (Encoding? Encoding, int MarkBytes, string? Name) Detect(FileStream file)
    {
        var head = new byte[4096];
        file.Position = 0;
        var count = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        switch (head.AsSpan(0, Math.Min(count, 4)))
        {
            case [0xEF, 0xBB, 0xBF, ..]:
                return (null, 3, null);
            case [0xFF, 0xFE, 0, 0]:
                return (new UTF32Encoding(false, false), 4, "UTF-32");
            case [0, 0, 0xFE, 0xFF]:
                return (new UTF32Encoding(true, false), 4, "UTF-32");
            case [0xFF, 0xFE, ..]:
                return (new UnicodeEncoding(false, false), 2, "UTF-16");
            case [0xFE, 0xFF, ..]:
                return (new UnicodeEncoding(true, false), 2, "UTF-16");
        }
        if (Utf16(head.AsSpan(0, count)) is { } utf16)
            return (utf16, 0, "UTF-16");
        return Sample(file) is { } sample && !IsUtf8(sample) && IsChinese(sample)
            ? (Encoding.GetEncoding("GB18030"), 0, "GB18030 (GBK)")
            : (null, 0, null);
    }

    // Without a byte order mark, ASCII characters (separators, quotes, line breaks) reveal it: every second byte is often zero, on one side
    // only.
    private static UnicodeEncoding? Utf16(ReadOnlySpan<byte> head)
    {
        var (even, odd) = (0, 0);
        for (var i = 0; i + 1 < head.Length; i += 2)
        {
            if (head[i] == 0)
                even++;
            if (head[i + 1] == 0)
                odd++;
        }
        var pairs = head.Length / 2;
        if (odd > 0 && even == 0 && odd * 20 >= pairs)
            return new UnicodeEncoding(false, false);
        return even > 0 && odd == 0 && even * 20 >= pairs ? new UnicodeEncoding(true, false) : null;
    }

    // The text from the first non-ASCII byte on; null if there is none.
    private static byte[]? Sample(FileStream file)
    {
        var buffer = new byte[SampleBytes];
        file.Position = 0;
        for (long position = 0; position < MaximumAscii; )
        {
            var count = file.Read(buffer);
            if (count == 0)
                return null;
            var start = buffer.AsSpan(0, count).IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
            if (start >= 0)
            {
                file.Position = position + start;
                return buffer[..file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
            }
            position += count;
        }
        return null;
    }

    // A character that is truncated by the end of the sample is not an error.
    private static bool IsUtf8(ReadOnlySpan<byte> text)
    {
        for (var cut = 0; cut < 4 && cut < text.Length; cut++)
            if (Utf8.IsValid(text[..^cut]))
                return true;
        return false;
    }

    // Chinese text in GBK mostly uses GB2312: both bytes from 0xA1, characters throughout the range, few kana.
    private static bool IsChinese(ReadOnlySpan<byte> text)
    {
        var (common, rare, late, kana) = (0, 0, 0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] < 0x80)
                continue;
            if (i + 1 == text.Length)
                break;
            var (lead, trail) = (text[i], text[i + 1]);
            if (lead is 0x80 or 0xFF || trail is < 0x30 or 0x7F or 0xFF)
                return false;
            if (lead is >= 0xA1 and <= 0xF7 && trail >= 0xA1)
                common++;
            else
                rare++;
            if (lead is > 0xC8 and <= 0xF7)
                late++;
            if (lead is 0xA4 or 0xA5)
                kana++;
            i += trail is >= 0x30 and <= 0x39 ? 3 : 1; // four bytes for characters that GBK lacks
        }
        var all = common + rare;
        return common * 10 >= all * 8 && kana * 4 <= all && (all < 40 || late * 20 >= all);
    }
}
