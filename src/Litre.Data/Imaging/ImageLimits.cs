namespace Litre.Data.Imaging;

/// <summary>What a picture may cost before it is refused unread.</summary>
/// <param name="MaximumPixels">Declared width times height; 64 Mi pixels take 256 MiB while they are decoded.</param>
/// <param name="MaximumBytes">Size of the encoded file.</param>
public sealed record ImageLimits(long MaximumPixels = 64L << 20, long MaximumBytes = 256L << 20)
{
    public static ImageLimits Default { get; } = new();
}
