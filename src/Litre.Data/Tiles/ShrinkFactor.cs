using Litre.Data.Imaging;

namespace Litre.Data.Tiles;

/// <summary>How much images are downscaled for a model.</summary>
public static class ShrinkFactor
{
    /// <summary>Below this share of the width, barely legible text becomes illegible.</summary>
    public const double Legible = 0.5;

    /// <summary>Shown width as a share of the image's own width; above 1 if it is enlarged.</summary>
    /// <exception cref="Core.InputException">The processor refuses the size.</exception>
    public static double Of(int width, int height, ImageProcessor processor) =>
        (double)processor.Plan("image", width, height).Width * processor.Options.PatchSize / width;

    /// <summary>A warning about an image that is shown at this share of its width; null if it stays legible.</summary>
    public static string? Warning(double share) =>
        share >= Legible
            ? null
            : "an image is downscaled to less than "
                + $"{(share < Legible / 4 ? "an eighth of" : share < Legible / 2 ? "a quarter of" : "half")} its "
                + "width: small text may become illegible; split it with `tile`, or raise `max-pixels`";
}
