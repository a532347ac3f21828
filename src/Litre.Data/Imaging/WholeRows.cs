using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>Rows of an image that was decoded as a whole, which is already upright.</summary>
/// <param name="image">The image, which is disposed with this.</param>
internal sealed class WholeRows(RgbaImage image) : PixelRows(image.Width, image.Height, SKEncodedOrigin.TopLeft)
{
    private int _offset;

    public override void Read(Span<byte> pixels)
    {
        image.Pixels.Slice(_offset, pixels.Length).CopyTo(pixels);
        _offset += pixels.Length;
    }

    public override void Dispose() => image.Dispose();
}
