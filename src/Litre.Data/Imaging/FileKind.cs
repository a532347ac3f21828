namespace Litre.Data.Imaging;

/// <summary>Names what a file that is no usable picture really is, by its first bytes.</summary>
internal static class FileKind
{
    private static readonly (byte[] Magic, int Offset, string Name)[] Kinds =
    [
        ("%PDF"u8.ToArray(), 0, "a PDF document"),
        ("II*\0"u8.ToArray(), 0, "a TIFF picture"),
        ("MM\0*"u8.ToArray(), 0, "a TIFF picture"),
        ("ftyphei"u8.ToArray(), 4, "a HEIC picture"),
        ("ftypmif1"u8.ToArray(), 4, "a HEIF picture"),
        ("ftypavif"u8.ToArray(), 4, "an AVIF picture"),
        ("ftyp"u8.ToArray(), 4, "a video"),
        ("PK"u8.ToArray(), 0, "a ZIP archive"),
        ([0x1F, 0x8B], 0, "a gzip archive"),
        ("<svg"u8.ToArray(), 0, "an SVG drawing"),
        ("<?xml"u8.ToArray(), 0, "XML text"),
        ("<!DOCTYPE"u8.ToArray(), 0, "a web page (the download brought an error page)"),
        ("<html"u8.ToArray(), 0, "a web page (the download brought an error page)"),
        ("version https://git-lfs"u8.ToArray(), 0, "a Git LFS pointer (run git lfs pull)"),
        ([0x89, (byte)'P', (byte)'N', (byte)'G'], 0, "a damaged PNG"),
        ([0xFF, 0xD8], 0, "a damaged JPEG"),
        ("RIFF"u8.ToArray(), 0, "a damaged WebP or another RIFF file"),
        ("GIF8"u8.ToArray(), 0, "a damaged GIF"),
        ("BM"u8.ToArray(), 0, "a damaged BMP"),
    ];

    public static string Describe(ReadOnlySpan<byte> bytes)
    {
        foreach (var (magic, offset, name) in Kinds)
        {
            if (bytes.Length >= offset + magic.Length && bytes.Slice(offset, magic.Length).SequenceEqual(magic)) return name;
        }
        return "no picture that can be recognised";
    }
}
