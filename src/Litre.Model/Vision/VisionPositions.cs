using Litre.Model.Layers;

namespace Litre.Model.Vision;

/// <summary>
/// Positions of the vision tower for one grid: rotation angles, and the four neighbors and weights with which the learned position grid
/// is resampled. Patches come in blocks of merge x merge, as the vision tower sees them.
/// </summary>
public static class VisionPositions
{
    private const float RopeTheta = 10000;

    /// <summary>P rows of D / 2 angles: the first half from the row, the second from the column.</summary>
    public static float[] Angles(VisionGrid grid, VisionConfig config)
    {
        var quarter = config.HeadDim / 4;
        var frequencies = new float[quarter];
        for (var i = 0; i < quarter; i++)
            frequencies[i] = 1f / MathF.Pow(RopeTheta, 2f * i / (config.HeadDim / 2));
        var angles = new float[grid.Patches * quarter * 2];
        var at = 0;
        foreach (var (row, column) in Order(grid, config.SpatialMergeSize))
        {
            for (var i = 0; i < quarter; i++)
            {
                angles[at + i] = row * frequencies[i];
                angles[at + quarter + i] = column * frequencies[i];
            }
            at += quarter * 2;
        }
        return angles;
    }

    /// <summary>Four table rows and four bilinear weights for each patch: arrays of P x 4.</summary>
    public static (long[] Rows, float[] Weights) Neighbors(VisionGrid grid, VisionConfig config)
    {
        var side = (int)Math.Sqrt(config.NumPositionEmbeddings);
        var vertical = Spread(grid.Rows, side);
        var horizontal = Spread(grid.Columns, side);
        var rows = new long[4 * grid.Patches];
        var weights = new float[4 * grid.Patches];
        var p = 0;
        foreach (var (row, column) in Order(grid, config.SpatialMergeSize))
        {
            var (y, x) = (vertical[row], horizontal[column]);
            var (top, left) = ((int)y, (int)x);
            var (bottom, right) = (Math.Min(top + 1, side - 1), Math.Min(left + 1, side - 1));
            var (dy, dx) = (y - top, x - left);
            Set(0, top, left, (1 - dy) * (1 - dx));
            Set(1, top, right, (1 - dy) * dx);
            Set(2, bottom, left, dy * (1 - dx));
            Set(3, bottom, right, dy * dx);
            p++;

            void Set(int corner, int r, int c, float weight)
            {
                rows[4 * p + corner] = r * side + c;
                weights[4 * p + corner] = weight;
            }
        }
        return (rows, weights);
    }

    /// <summary>Row and column of every patch, frame after frame, in blocks of merge x merge.</summary>
    private static IEnumerable<(int Row, int Column)> Order(VisionGrid grid, int merge)
    {
        for (var frame = 0; frame < grid.Frames; frame++)
        for (var blockRow = 0; blockRow < grid.Rows; blockRow += merge)
        for (var blockColumn = 0; blockColumn < grid.Columns; blockColumn += merge)
        for (var row = 0; row < merge; row++)
        for (var column = 0; column < merge; column++)
            yield return (blockRow + row, blockColumn + column);
    }

    // torch.linspace in float32, which counts from both ends towards the middle.
    private static float[] Spread(int count, int side)
    {
        var values = new float[count];
        if (count == 1)
            return values;
        var (end, step) = ((float)(side - 1), (float)(side - 1) / (count - 1));
        for (var i = 0; i < count; i++)
            values[i] = i < count / 2 ? step * i : end - step * (count - 1 - i);
        return values;
    }
}
