using System.Text;

namespace Litre.Data.Formats;

/// <summary>A text file as UTF-8 without its byte order mark, whatever Unicode encoding it is stored in.</summary>
internal static class Utf8Input
{
    public static Stream Open(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        try
        {
            var head = new byte[4];
            var count = file.ReadAtLeast(head, 4, throwOnEndOfStream: false);
            var (encoding, mark) = Detect(head.AsSpan(0, count));
            file.Position = mark;
            return encoding == null ? file : Encoding.CreateTranscodingStream(file, encoding, new UTF8Encoding(false));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // UTF-16 without a mark shows in the zero byte beside the first character, which is ASCII in every format here.
    private static (Encoding? Encoding, int MarkBytes) Detect(ReadOnlySpan<byte> head) => head switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (null, 3),
        [0xFF, 0xFE, 0, 0] => (new UTF32Encoding(false, false), 4),
        [0xFF, 0xFE, ..] => (new UnicodeEncoding(false, false), 2),
        [0xFE, 0xFF, ..] => (new UnicodeEncoding(true, false), 2),
        [not 0, 0, not 0, 0] => (new UnicodeEncoding(false, false), 0),
        [0, not 0, 0, not 0] => (new UnicodeEncoding(true, false), 0),
        _ => (null, 0),
    };
}
