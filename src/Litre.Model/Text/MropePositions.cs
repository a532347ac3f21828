using Litre.Model.Configuration;
using Litre.Model.Vision;

namespace Litre.Model.Text;

/// <summary>
/// Three-dimensional positions of one sequence (transformers, Qwen3VLModel.get_rope_index): text advances time, height and width together;
/// an image's tokens take the merged grid's coordinates from the current position on, and what follows goes on
/// after the larger of height and width. Each frame of a video is an image of its own.
/// </summary>
public static class MropePositions
{
    /// <param name="ids">Token ids, T.</param>
    /// <param name="grids">The images' grids in the order of their tokens.</param>
    /// <param name="config">Token ids and merge size.</param>
    /// <param name="first">Position of the first token.</param>
    /// <returns>Time, height and width, T each, and the next free position.</returns>
    /// <exception cref="ArgumentException">The grids do not account for the visual tokens.</exception>
    public static (int[][] Positions, int Next) Compute(
        ReadOnlySpan<int> ids,
        IReadOnlyList<VisionGrid> grids,
        ModelConfig config,
        int first = 0
    )
    {
        var positions = new[] { new int[ids.Length], new int[ids.Length], new int[ids.Length] };
        var merge = config.Vision?.SpatialMergeSize ?? 1;
        var frames = grids.SelectMany(g => Enumerable.Repeat((Rows: g.Rows / merge, Columns: g.Columns / merge), g.Frames)).ToList();
        var (next, frame, t) = (first, 0, 0);
        while (t < ids.Length)
        {
            if (ids[t] != config.ImageTokenId && ids[t] != config.VideoTokenId)
            {
                positions[0][t] = positions[1][t] = positions[2][t] = next++;
                t++;
                continue;
            }
            if (frame == frames.Count)
                throw new ArgumentException($"token {t} is visual, but the {grids.Count} given grids are used up");
            var (rows, columns) = frames[frame++];
            for (var i = 0; i < rows * columns; i++, t++)
            {
                if (t == ids.Length || (ids[t] != config.ImageTokenId && ids[t] != config.VideoTokenId))
                    throw new ArgumentException($"an image of {rows} x {columns} tokens has only {i} in the text before token {t}");
                positions[0][t] = next;
                positions[1][t] = next + i / columns;
                positions[2][t] = next + i % columns;
            }
            next += Math.Max(rows, columns);
        }
        if (frame != frames.Count)
            throw new ArgumentException($"{frames.Count} images or frames were given, the text has places for {frame}");
        return (positions, next);
    }
}
