using System.Text;

namespace Litre.Data.Formats;

/// <summary>A text file in any supported encoding, read as UTF-8 without its byte order mark.</summary>
internal static class Utf8Input
{
    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="notice">Called if the file is stored in another encoding.</param>
    public static Stream Open(string path, Action<string>? notice = null)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        try
        {
            var (encoding, mark, name) = TextEncodings.Detect(file);
            file.Position = mark;
            if (encoding == null)
                return file;
            notice?.Invoke($"is not stored in UTF-8 and is read as {name}");
            return Encoding.CreateTranscodingStream(file, encoding, new UTF8Encoding(false));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
