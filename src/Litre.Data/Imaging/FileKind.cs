namespace Litre.Data.Imaging;

/// <summary>Identifies a file by its first bytes: an image of any kind, or something else.</summary>
public static class FileKind
{
    private static readonly (byte[] Magic, int Offset, string Name)[] Kinds =
    [
        ("%PDF"u8.ToArray(), 0, "a PDF document"),
        ("8BPS"u8.ToArray(), 0, "a Photoshop document"),
        ([0, 0, 0, 12, (byte)'j', (byte)'P'], 0, "a JPEG 2000 image"),
        ([0xFF, 0x4F, 0xFF, 0x51], 0, "a JPEG 2000 image"),
        ([0xFF, 0x0A], 0, "a JPEG XL image"),
        ([0, 0, 0, 12, (byte)'J', (byte)'X', (byte)'L'], 0, "a JPEG XL image"),
        ("AC10"u8.ToArray(), 0, "a DWG drawing"),
        ("ftyp"u8.ToArray(), 4, "a video"),
        ("PK"u8.ToArray(), 0, "a ZIP archive"),
        ([0x1F, 0x8B], 0, "a gzip archive"),
        ("<svg"u8.ToArray(), 0, "an SVG drawing"),
        ("<?xml"u8.ToArray(), 0, "XML text"),
        ("<!DOCTYPE"u8.ToArray(), 0, "a web page (the download returned an error page)"),
        ("<html"u8.ToArray(), 0, "a web page (the download returned an error page)"),
        ("version https://git-lfs"u8.ToArray(), 0, "a Git LFS pointer (run git lfs pull)"),
        ([0x89, (byte)'P', (byte)'N', (byte)'G'], 0, "a damaged PNG"),
        ([0xFF, 0xD8], 0, "a damaged JPEG"),
        ("RIFF"u8.ToArray(), 0, "a damaged WebP or another RIFF file"),
        ("GIF8"u8.ToArray(), 0, "a damaged GIF"),
        ("BM"u8.ToArray(), 0, "a damaged BMP"),
    ];

    private static readonly string[] ImageEndings =
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".webp",
        ".bmp",
        ".dib",
        ".gif",
        ".tif",
        ".tiff",
        ".heic",
        ".heif",
        ".avif",
        ".svg",
        ".jp2",
        ".jxl",
        ".psd",
        ".ico",
    ];

    /// <summary>
    /// True for an image by its first bytes, regardless of its name, and for a name of an image: a damaged or empty
    /// <c>.png</c> is an image that cannot be read, not a file of another kind.
    /// </summary>
    public static bool IsImage(string path)
    {
        if (NamesImage(path))
            return true;
        try
        {
            if (ImageSource.LengthOf(path) == 0)
                return false; // also pipes, which could block the program
            using var file = File.OpenHandle(path);
            Span<byte> head = stackalloc byte[64];
            return IsImage(head[..RandomAccess.Read(file, head, 0)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>True for a name with the extension of an image.</summary>
    public static bool NamesImage(string path) => ImageEndings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>True if the first bytes are those of PNG, JPEG, WebP, GIF, BMP, TIFF, HEIC or AVIF.</summary>
    public static bool IsImage(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G'])
        || head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])
        || (head.Length >= 12 && head.StartsWith("RIFF"u8) && head[8..].StartsWith("WEBP"u8))
        || head.StartsWith("GIF8"u8)
        || (head.Length >= 18 && head.StartsWith("BM"u8) && head[6..10].IndexOfAnyExcept((byte)0) < 0)
        || TiffDecoder.Recognizes(head)
        || HeifConverter.Recognize(head) is not null;

    /// <summary>What a file that cannot be decoded actually is, with its article.</summary>
    public static string Describe(ReadOnlySpan<byte> bytes)
    {
        foreach (var (magic, offset, name) in Kinds)
        {
            if (bytes.Length >= offset + magic.Length && bytes.Slice(offset, magic.Length).SequenceEqual(magic))
                return name;
        }
        return "not a recognized image";
    }
}
