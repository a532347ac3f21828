using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>PNG with 16 bits per channel that uses fewer: the decoder keeps the upper 8, which contain little or nothing.</summary>
internal static class DeepPng
{
    /// <summary>Refills <paramref name="image"/> if the image uses at most 14 of its 16 bits; changes nothing otherwise.</summary>
    /// <param name="codec">The codec of the encoded image.</param>
    /// <param name="encoded">The PNG.</param>
    /// <param name="image">The image decoded from the upper 8 bits, not rotated yet.</param>
    public static void Rescale(SKCodec codec, ReadOnlySpan<byte> encoded, RgbaImage image)
    {
        // Upper bytes of 64 and more: all 16 bits are in use.
        if (Maximum(image.Pixels) >= 64)
            return;
        if (PngFile.BothBytes(encoded) is { } both)
            RescaleGray(both, image);
        else
            RescaleColors(codec, image);
    }

    private static void RescaleGray(byte[] both, RgbaImage image)
    {
        using var data = SKData.CreateCopy(both);
        using var codec = SKCodec.Create(new SKMemoryStream(data), out _);
        if (codec is null)
            return;
        var values = new byte[image.Width * image.Height * 4];
        if (!Read(codec, SKColorType.Rgba8888, values))
            return;
        // Gray with alpha comes as (upper, upper, upper, lower), gray and alpha of 16 bits as (upper, lower, alpha, lower alpha).
        var (low, alpha) = both[25] == 4 ? (3, -1) : (1, 2);
        Fill(image, i => (values[i * 4] << 8) | values[i * 4 + low], i => alpha < 0 ? 255 : values[i * 4 + alpha], 1);
    }

    // Half precision has 11 significant bits, more than the 8 that are needed.
    private static void RescaleColors(SKCodec codec, RgbaImage image)
    {
        var values = new byte[image.Width * image.Height * 8];
        if (!Read(codec, SKColorType.RgbaF16, values))
            return;
        Fill(
            image,
            i => (int)Math.Round((float)BitConverter.ToHalf(values, i / 3 * 8 + i % 3 * 2) * 65535),
            i => (int)Math.Round((float)BitConverter.ToHalf(values, i * 8 + 6) * 255),
            3
        );
    }

    private static unsafe bool Read(SKCodec codec, SKColorType type, byte[] values)
    {
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, type, SKAlphaType.Unpremul);
        fixed (byte* at = values)
            return codec.GetPixels(info, (nint)at, info.RowBytes, new SKCodecOptions(0)) == SKCodecResult.Success;
    }

    // Values of one channel or of three, composited on white by their alpha (0 to 255).
    private static void Fill(RgbaImage image, Func<int, int> value, Func<int, int> alpha, int channels)
    {
        var count = image.Width * image.Height;
        var maximum = 0;
        for (var i = 0; i < count * channels; i++)
            if (alpha(i / channels) > 0)
                maximum = Math.Max(maximum, value(i));
        var bits = SampleDepth.Of(maximum);
        if (bits == 16)
            return;
        var pixels = image.Pixels;
        for (var i = 0; i < count; i++)
        {
            var opaque = alpha(i);
            for (var c = 0; c < 3; c++)
            {
                int sample = SampleDepth.ToByte(value(channels == 3 ? i * 3 + c : i), bits);
                pixels[i * 4 + c] = (byte)((sample * opaque + 255 * (255 - opaque) + 127) / 255);
            }
        }
    }

    private static int Maximum(ReadOnlySpan<byte> pixels)
    {
        var maximum = 0;
        for (var i = 0; i < pixels.Length; i++)
            if (i % 4 != 3)
                maximum = Math.Max(maximum, pixels[i]);
        return maximum;
    }
}
