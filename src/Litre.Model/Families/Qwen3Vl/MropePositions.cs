using Litre.Model.Configuration;
using Litre.Model.Layers;
using Litre.Model.Vision;

namespace Litre.Model.Families.Qwen3Vl;

/// <summary>
/// Three-dimensional positions (transformers, Qwen3VLModel.get_rope_index): text advances time, height and width together; an image's
/// tokens take the merged grid's coordinates from the current position on, and what follows continues after the larger of height and
/// width. Each frame of a video is an image of its own.
/// <para>
/// With sections [a, b, c], frequency i takes the height for i = 1, 4, 7, … below 3b, the width for i = 2, 5, 8, … below 3c, and the time
/// otherwise (Qwen3VLTextRotaryEmbedding.apply_interleaved_mrope).
/// </para>
/// </summary>
internal sealed class MropePositions : IPositionScheme
{
    private readonly VisualTokenIds _visual;
    private readonly int _merge;

    /// <param name="config">Sections, token ids and merge size.</param>
    public MropePositions(ModelConfig config)
    {
        (_visual, _merge) = (config.Visual!, config.Vision!.SpatialMergeSize);
        var (frequencies, section) = (RotaryAngles.Geometric(config.Text.RopeTheta, config.Text.HeadDim), config.Text.MropeSection);
        var axes = new int[frequencies.Length];
        for (var i = 0; i < axes.Length; i++)
            axes[i] = i % 3 is var axis and not 0 && i < 3 * section[axis] ? axis : 0;
        Angles = new RotaryAngles(frequencies, axes);
    }

    public RotaryAngles Angles { get; }

    public (int[][] Positions, int Next) Compute(ReadOnlySpan<int> ids, IReadOnlyList<VisionGrid> grids, int first = 0)
    {
        var positions = new[] { new int[ids.Length], new int[ids.Length], new int[ids.Length] };
        var frames = grids.SelectMany(g => Enumerable.Repeat((Rows: g.Rows / _merge, Columns: g.Columns / _merge), g.Frames)).ToList();
        var (next, frame, t) = (first, 0, 0);
        while (t < ids.Length)
        {
            if (!IsVisual(ids[t]))
            {
                positions[0][t] = positions[1][t] = positions[2][t] = next++;
                t++;
                continue;
            }
            if (frame == frames.Count)
                throw new ArgumentException($"token {t} belongs to an image, but all {grids.Count} given grids are used already");
            var (rows, columns) = frames[frame++];
            for (var i = 0; i < rows * columns; i++, t++)
            {
                if (t == ids.Length || !IsVisual(ids[t]))
                    throw new ArgumentException($"an image with {rows} x {columns} tokens has only {i} in the text before token {t}");
                positions[0][t] = next;
                positions[1][t] = next + i / columns;
                positions[2][t] = next + i % columns;
            }
            next += Math.Max(rows, columns);
        }
        if (frame != frames.Count)
            throw new ArgumentException($"{frames.Count} images or frames were given, but the text has places for {frame}");
        return (positions, next);
    }

    private bool IsVisual(int id) => id == _visual.Image || id == _visual.Video;
}
