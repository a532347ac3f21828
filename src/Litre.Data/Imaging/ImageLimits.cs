namespace Litre.Data.Imaging;

/// <summary>What an image may cost before it is refused unread.</summary>
/// <param name="MaximumPixels">Declared width times height of an image that is decoded row by row: A0 at 600 dpi is 532 Mi pixels.</param>
/// <param name="MaximumBytes">Size of the encoded file.</param>
/// <param name="MaximumWholePixels">The same of an image that can only be decoded whole; 64 Mi pixels take 256 MiB while they are
/// decoded.</param>
public sealed record ImageLimits(long MaximumPixels = 1L << 30, long MaximumBytes = 256L << 20, long MaximumWholePixels = 64L << 20)
{
    public static ImageLimits Default { get; } = new();
}
