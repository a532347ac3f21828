using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>GIF, WebP and PNG files with a sequence of frames, of which the first is used as the image.</summary>
internal static class AnimatedImage
{
    /// <summary>The warning of a data check about one.</summary>
    public const string Warning =
        "an image is animated, and only its first frame is used; give a video or the frames themselves if the others matter";

    /// <summary>True for an image with several frames, by its header.</summary>
    public static bool IsOne(byte[] encoded)
    {
        if (PngFile.Recognizes(encoded))
            return PngFile.IsAnimated(encoded);
        if (!encoded.AsSpan().StartsWith("GIF8"u8) && !encoded.AsSpan().StartsWith("RIFF"u8))
            return false;
        using var data = SKData.CreateCopy(encoded);
        using var codec = SKCodec.Create(new SKMemoryStream(data), out _);
        return codec?.FrameCount > 1;
    }
}
