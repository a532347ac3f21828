namespace Litre.Model.Configuration;

/// <summary>The tokens that represent images in a text.</summary>
/// <param name="Image">Placeholder of an image, one per merged patch group.</param>
/// <param name="Video">Placeholder of a video's frame.</param>
/// <param name="Start">Before an image.</param>
/// <param name="End">After an image.</param>
public sealed record VisualTokenIds(int Image, int Video, int Start, int End);
