using Litre.Data.Imaging;

namespace Litre.Data.Samples;

/// <summary>A video: a file, or its pictures one by one.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="File">The video file; null where pictures are given.</param>
/// <param name="Frames">The pictures in order; empty for a file.</param>
/// <param name="FramesPerSecond">How many of the pictures make a second; null where the data do not say.</param>
public sealed record VideoSource(string Name, string? File, IReadOnlyList<ImageSource> Frames, double? FramesPerSecond);
