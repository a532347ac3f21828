using Litre.Data.Imaging;

namespace Litre.Data.Tiles;

/// <summary>How far images are shrunk before a model sees them.</summary>
public static class ShrinkFactor
{
    /// <summary>Below this share of its width, lettering that was just legible is not any more.</summary>
    public const double Legible = 0.5;

    /// <summary>Shown width as a share of the image's own; above 1 where it is enlarged.</summary>
    /// <exception cref="Core.InputException">The processor refuses the size.</exception>
    public static double Of(int width, int height, ImageProcessor processor) =>
        (double)processor.Plan("image", width, height).Width * processor.Options.PatchSize / width;

    /// <summary>A warning about an image that is shown with such a share of its width; null where it is legible.</summary>
    public static string? Warning(double share) =>
        share >= Legible
            ? null
            : "an image is shrunk to less than "
                + $"{(share < Legible / 4 ? "an eighth of" : share < Legible / 2 ? "a quarter of" : "half")} its "
                + "width: small lettering may become illegible; cut it with `tile`, or raise `max-pixels`";
}
