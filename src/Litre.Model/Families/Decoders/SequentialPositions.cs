using Litre.Model.Configuration;
using Litre.Model.Layers;
using Litre.Model.Vision;

namespace Litre.Model.Families.Decoders;

/// <summary>Tokens numbered one after the other, as in text-only models.</summary>
/// <param name="angles">Angles with one axis.</param>
internal sealed class SequentialPositions(RotaryAngles angles) : IPositionScheme
{
    public RotaryAngles Angles { get; } = angles;

    public (int[][] Positions, int Next) Compute(ReadOnlySpan<int> ids, IReadOnlyList<VisionGrid> grids, int first = 0)
    {
        if (grids.Count > 0)
            throw new ArgumentException($"{grids.Count} images were given to a text-only model");
        var positions = new int[ids.Length];
        for (var t = 0; t < positions.Length; t++)
            positions[t] = first + t;
        return ([positions], first + ids.Length);
    }
}
