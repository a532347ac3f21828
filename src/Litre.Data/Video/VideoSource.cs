using Litre.Data.Imaging;

namespace Litre.Data.Video;

/// <summary>A video: a file, or its frames one by one.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="File">The video file; null where frames are given.</param>
/// <param name="Frames">The frames in order; empty for a file.</param>
public sealed record VideoSource(string Name, string? File, IReadOnlyList<ImageSource> Frames)
{
    /// <summary>How the data want it sampled.</summary>
    public VideoSettings Settings { get; init; } = VideoSettings.None;
}
