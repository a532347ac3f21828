namespace Litre.Data.Imaging;

/// <summary>A part of an image and the size that it is resized to.</summary>
/// <param name="Region">Of the upright image.</param>
/// <param name="Width">Columns after resizing.</param>
/// <param name="Height">Rows after resizing.</param>
internal readonly record struct ImageCut(ImageRegion Region, int Width, int Height);
