using Litre.Model.Configuration;

namespace Litre.Model.Text;

/// <summary>
/// Angles of the three-dimensional rotary embedding. With sections [a, b, c], frequency i takes the height for
/// i = 1, 4, 7, … below 3b, the width for i = 2, 5, 8, … below 3c, and the time otherwise (transformers,
/// Qwen3VLTextRotaryEmbedding.apply_interleaved_mrope).
/// </summary>
public sealed class MropeAngles
{
    private readonly float[] _frequencies; // (D / 2)
    private readonly int[] _axes; // (D / 2): 0 time, 1 height, 2 width

    public MropeAngles(TextConfig config)
    {
        var half = config.HeadDim / 2;
        _frequencies = new float[half];
        _axes = new int[half];
        for (var i = 0; i < half; i++)
        {
            _frequencies[i] = 1f / MathF.Pow((float)config.RopeTheta, 2f * i / config.HeadDim);
            var axis = i % 3;
            _axes[i] = axis != 0 && i < 3 * config.MropeSection[axis] ? axis : 0;
        }
    }

    /// <summary>D / 2: the angle of one position, which is all of it where time, height and width are alike.</summary>
    public ReadOnlySpan<float> Frequencies => _frequencies;

    /// <summary>D / 2</summary>
    public int Width => _frequencies.Length;

    /// <summary>T rows of D / 2 angles.</summary>
    /// <param name="positions">Time, height and width positions, T each.</param>
    public float[] Compute(int[][] positions)
    {
        var angles = new float[positions[0].Length * Width];
        Compute(positions, angles);
        return angles;
    }

    /// <summary>Writes T rows of D / 2 angles.</summary>
    /// <param name="positions">Time, height and width positions, T each.</param>
    /// <param name="angles">At least as long.</param>
    public void Compute(int[][] positions, Span<float> angles)
    {
        ReadOnlySpan<float> frequencies = _frequencies;
        ReadOnlySpan<int> axes = _axes;
        Span<float> at = stackalloc float[3];
        for (var t = 0; t < positions[0].Length; t++)
        {
            for (var axis = 0; axis < 3; axis++)
                at[axis] = positions[axis][t];
            var row = angles.Slice(t * frequencies.Length, frequencies.Length);
            for (var i = 0; i < row.Length; i++)
                row[i] = at[axes[i]] * frequencies[i];
        }
    }
}
