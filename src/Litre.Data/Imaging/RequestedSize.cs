using Litre.Core;

namespace Litre.Data.Imaging;

/// <summary>
/// Sizes that the data request, by the reference utilities' arithmetic, within the processor's own limits, which bound memory.
/// </summary>
internal static class RequestedSize
{
    // Visual tokens: the utilities' own limits for resized_width and resized_height, and for a video's frame.
    private const long MinTokens = 4,
        MaxTokens = 16384,
        MinFrameTokens = 128,
        MaxFrameTokens = 768;

    // For a whole video, if the data do not state it.
    private const double TotalTokens = 128000 * 0.9;

    /// <summary>The limits for an image with requested limits.</summary>
    /// <exception cref="InputException">It requests more than the processor's maximum.</exception>
    public static (long Minimum, long Maximum) Limits(string name, PixelSettings settings, long minimum, long maximum)
    {
        if (settings.MinimumPixels > maximum)
            throw new InputException(
                $"{name}: min_pixels is {settings.MinimumPixels}, but images have at most {maximum} pixels; raise "
                    + "`max-pixels`, or lower min_pixels"
            );
        var most = Math.Min(settings.MaximumPixels ?? maximum, maximum);
        return (Math.Min(settings.MinimumPixels ?? minimum, most), most);
    }

    /// <summary>The limits for one frame of a video with requested limits.</summary>
    /// <param name="settings">The requested settings.</param>
    /// <param name="frames">Number of sampled frames.</param>
    /// <param name="factor">Side of a visual token in pixels.</param>
    public static (long Minimum, long Maximum) FrameLimits(PixelSettings settings, int frames, int factor)
    {
        double area = (double)factor * factor;
        var minimum = settings.MinimumPixels ?? (long)(MinFrameTokens * area);
        var maximum = Math.Max(
            Math.Min(MaxFrameTokens * area, (settings.TotalPixels ?? TotalTokens * area) / frames * 2),
            (long)(minimum * 1.05)
        );
        var most = (long)Math.Min(settings.MaximumPixels ?? maximum, maximum);
        return (Math.Min(minimum, most), most);
    }

    /// <summary>The limits for an explicitly requested size.</summary>
    public static (long Minimum, long Maximum) ExplicitLimits(int factor) => (MinTokens * factor * factor, MaxTokens * factor * factor);
}
