using Litre.Model.Layers;
using Litre.Model.Vision;

namespace Litre.Model.Configuration;

/// <summary>How the tokens of a sequence are numbered for the rotary embedding, along one axis or several.</summary>
/// <remarks>T tokens.</remarks>
public interface IPositionScheme
{
    /// <summary>Computes the angles of the rotary embedding from positions.</summary>
    RotaryAngles Angles { get; }

    /// <param name="ids">Token ids, T.</param>
    /// <param name="grids">The images' grids in the order of their tokens.</param>
    /// <param name="first">Position of the first token.</param>
    /// <returns>T positions along each axis of <see cref="Angles"/>, and the next free position.</returns>
    /// <exception cref="ArgumentException">The grids do not account for the visual tokens.</exception>
    (int[][] Positions, int Next) Compute(ReadOnlySpan<int> ids, IReadOnlyList<VisionGrid> grids, int first = 0);
}
