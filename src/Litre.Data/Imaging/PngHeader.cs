using System.Buffers.Binary;

namespace Litre.Data.Imaging;

/// <summary>The header and other chunks that decoding a PNG's rows needs.</summary>
internal sealed record PngHeader
{
    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>Bits of a sample: 1, 2, 4, 8 or 16.</summary>
    public required int Depth { get; init; }

    /// <summary>0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGB with alpha.</summary>
    public required int ColorType { get; init; }

    public required bool IsInterlaced { get; init; }

    /// <summary>Three bytes per entry; empty without a palette.</summary>
    public byte[] Palette { get; init; } = [];

    /// <summary>Alphas of the palette, or the transparent color as 16-bit samples; empty if nothing is transparent.</summary>
    public byte[] Transparency { get; init; } = [];

    /// <summary>Positions of the compressed rows in the file.</summary>
    public IReadOnlyList<Range> Data { get; init; } = [];

    public int Samples =>
        ColorType switch
        {
            2 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        };

    public int BitsPerPixel => Samples * Depth;

    /// <summary>Null if it is not a PNG that the standard allows.</summary>
    public static PngHeader? TryRead(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith(PngChunks.Signature))
            return null;
        PngHeader? header = null;
        byte[] palette = [],
            transparency = [];
        var data = new List<Range>();
        // Truncated rows are reported when they are read.
        for (var chunks = new PngChunks(file); chunks.MoveNext() && !chunks.Type.SequenceEqual("IEND"u8); )
        {
            if (chunks.Type.SequenceEqual("IHDR"u8))
                header = Read(chunks.Content);
            else if (chunks.Type.SequenceEqual("PLTE"u8))
                palette = chunks.Content.ToArray();
            else if (chunks.Type.SequenceEqual("tRNS"u8))
                transparency = chunks.Content.ToArray();
            else if (chunks.Type.SequenceEqual("IDAT"u8))
                data.Add(chunks.Place);
        }
        if (header is null || (header.ColorType == 3 && palette.Length < 3))
            return null;
        return header with { Palette = palette, Transparency = transparency, Data = data };
    }

    private static PngHeader? Read(ReadOnlySpan<byte> content)
    {
        if (content.Length < 13)
            return null;
        var (depth, type) = (content[8], content[9]);
        var known = type switch
        {
            0 => depth is 1 or 2 or 4 or 8 or 16,
            3 => depth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => depth is 8 or 16,
            _ => false,
        };
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(content), BinaryPrimitives.ReadInt32BigEndian(content[4..]));
        return known && width > 0 && height > 0
            ? new PngHeader
            {
                Width = width,
                Height = height,
                Depth = depth,
                ColorType = type,
                IsInterlaced = content[12] != 0,
            }
            : null;
    }
}
