using Litre.Data.Imaging;
using Litre.Data.Samples;

namespace Litre.Data.Packing;

/// <summary>One image or video of a sequence: its grid, and where its pixels come from.</summary>
/// <param name="Grid">As its pad tokens were counted.</param>
/// <param name="Image">The image; null for a video.</param>
/// <param name="Video">The video; null for an image.</param>
public sealed record VisualInput(PatchGrid Grid, ImageSource? Image, VideoSource? Video)
{
    public bool IsVideo => Video != null;

    public string Name => Image?.Name ?? Video!.Name;

    /// <summary>The same for the same picture at the same size; other for any other, or where a file was written anew.</summary>
    public string Key => $"{Grid.Frames}x{Grid.Height}x{Grid.Width} " +
        (Image?.Key ?? string.Join('\n', Video!.Frames.Select(f => f.Key).Prepend(Video.File ?? "").Prepend($"{Video.FramesPerSecond}")));
}
