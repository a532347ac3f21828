namespace Litre.Data.Imaging;

/// <summary>Splits a resized image into rows of the patch matrix.</summary>
internal static class PatchWriter
{
    /// <summary>Writes image <paramref name="t"/> of temporal patch <paramref name="frame"/>.</summary>
    /// <param name="image">The resized image, as large as the grid.</param>
    /// <param name="grid">The grid of the whole matrix.</param>
    /// <param name="frame">Index of the temporal patch.</param>
    /// <param name="t">Index of the image within it.</param>
    /// <param name="options">Patch and merge sizes.</param>
    /// <param name="values">(P, C·T·p·p) uint8.</param>
    public static void Write(RgbaImage image, PatchGrid grid, int frame, int t, ProcessorOptions options, Span<byte> values)
    {
        var (side, merge) = (options.PatchSize, options.MergeSize);
        var area = side * side;
        var rowBytes = image.Width * 4;
        ReadOnlySpan<byte> pixels = image.Pixels;
        for (var patchY = 0; patchY < grid.Height; patchY++)
        {
            for (var patchX = 0; patchX < grid.Width; patchX++)
            {
                // Blocks of merge x merge patches follow each other; within one, row by row.
                var block = patchY / merge * (grid.Width / merge) + patchX / merge;
                var index = frame * grid.Height * grid.Width + block * merge * merge + patchY % merge * merge + patchX % merge;
                var patch = values.Slice(index * options.PatchValues, options.PatchValues);
                var red = patch.Slice(t * area, area);
                var green = patch.Slice((options.TemporalPatchSize + t) * area, area);
                var blue = patch.Slice((2 * options.TemporalPatchSize + t) * area, area);
                for (var y = 0; y < side; y++)
                {
                    var row = pixels.Slice((patchY * side + y) * rowBytes + patchX * side * 4, side * 4);
                    for (var x = 0; x < side; x++)
                    {
                        red[y * side + x] = row[x * 4];
                        green[y * side + x] = row[x * 4 + 1];
                        blue[y * side + x] = row[x * 4 + 2];
                    }
                }
            }
        }
    }
}
