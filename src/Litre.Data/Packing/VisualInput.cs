using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Litre.Data.Imaging;
using Litre.Data.Video;

namespace Litre.Data.Packing;

/// <summary>One image or video of a sequence: its grid, and the source of its pixels.</summary>
/// <param name="Grid">The grid for which its pad tokens were counted.</param>
/// <param name="Image">The image; null for a video.</param>
/// <param name="Video">The video; null for an image.</param>
public sealed record VisualInput(PatchGrid Grid, ImageSource? Image, VideoSource? Video)
{
    public bool IsVideo => Video != null;

    public string Name => Image?.Name ?? Video!.Name;

    /// <summary>
    /// A key that is equal for the same image at the same size, and different for any other or after a file was rewritten.
    /// </summary>
    public string Key =>
        $"{Grid.Frames}x{Grid.Height}x{Grid.Width} "
        + (Image?.Key ?? string.Join('\n', Video!.Frames.Select(f => f.Key).Prepend(Video.File ?? "").Prepend(Video.Settings.Key)));

    /// <summary>
    /// SHA-256, in hexadecimal, of everything that determines its pixels: the encoded bytes, the grid and the preparation. Independent
    /// of the image's path and name. Reads the whole file.
    /// </summary>
    /// <exception cref="Core.InputException">It cannot be read.</exception>
    public string ContentKey(ProcessorOptions options, ImageLimits limits) => ContentKey(options, limits, ImageDecoder.Version);

    /// <summary>
    /// What <see cref="ContentKey(ProcessorOptions, ImageLimits)"/> was before the rules of decoding changed, which explains why nothing
    /// is found under the current key; null for videos and parts of pages.
    /// </summary>
    /// <exception cref="Core.InputException">It cannot be read.</exception>
    public string? EarlierContentKey(ProcessorOptions options, ImageLimits limits) =>
        Image is { View: null } ? ContentKey(options, limits, ImageDecoder.EarlierVersion) : null;

    private string ContentKey(ProcessorOptions options, ImageLimits limits, string decoder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{options.PixelsKey} {decoder} {Grid.Frames}x{Grid.Height}x{Grid.Width} "
                    + $"{Video?.Settings.Key} {(IsVideo ? options.VideoKey : "")}\n"
            )
        );
        foreach (
            var part in Image is not null ? [Image]
            : Video!.File is { } file ? [ImageSource.FromFile(file)]
            : Video.Frames
        )
            Add(part.ContentHash(limits));
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
    }
}
