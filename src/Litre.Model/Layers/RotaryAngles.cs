namespace Litre.Model.Layers;

/// <summary>
/// Angles of a rotary embedding: frequency i follows the position along one of the axes. Text has one axis; if tokens have several
/// positions (time, height, width), each frequency is assigned to one of them.
/// </summary>
/// <remarks>T tokens, D head width.</remarks>
public sealed class RotaryAngles
{
    private readonly float[] _frequencies; // (D / 2)
    private readonly int[] _axes; // (D / 2)

    /// <param name="frequencies">Radians for each step of a position, D / 2.</param>
    /// <param name="axes">The axis of each frequency, D / 2; null for a single axis.</param>
    public RotaryAngles(float[] frequencies, int[]? axes = null)
    {
        _frequencies = frequencies;
        _axes = axes ?? new int[frequencies.Length];
        Axes = _axes.DefaultIfEmpty(0).Max() + 1;
    }

    /// <summary>The number of axes whose positions are used.</summary>
    public int Axes { get; }

    /// <summary>D / 2: the angle of one position, which is all of it where the positions along all axes are alike.</summary>
    public ReadOnlySpan<float> Frequencies => _frequencies;

    /// <summary>D / 2</summary>
    public int Width => _frequencies.Length;

    /// <summary>The frequencies <c>theta^(-2i / D)</c> (Su and others 2021), D / 2.</summary>
    /// <param name="theta">Base.</param>
    /// <param name="headDim">D</param>
    public static float[] Geometric(double theta, int headDim)
    {
        var frequencies = new float[headDim / 2];
        for (var i = 0; i < frequencies.Length; i++)
            frequencies[i] = 1f / MathF.Pow((float)theta, 2f * i / headDim);
        return frequencies;
    }

    /// <summary>T rows of D / 2 angles.</summary>
    /// <param name="positions">T for each axis.</param>
    public float[] Compute(int[][] positions)
    {
        var angles = new float[positions[0].Length * Width];
        Compute(positions, angles);
        return angles;
    }

    /// <summary>Writes T rows of D / 2 angles.</summary>
    /// <param name="positions">T for each axis.</param>
    /// <param name="angles">The destination, with at least as many values.</param>
    public void Compute(int[][] positions, Span<float> angles)
    {
        ReadOnlySpan<float> frequencies = _frequencies;
        ReadOnlySpan<int> axes = _axes;
        Span<float> at = stackalloc float[Axes];
        for (var t = 0; t < positions[0].Length; t++)
        {
            for (var axis = 0; axis < at.Length; axis++)
                at[axis] = positions[axis][t];
            var row = angles.Slice(t * frequencies.Length, frequencies.Length);
            for (var i = 0; i < row.Length; i++)
                row[i] = at[axes[i]] * frequencies[i];
        }
    }
}
