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

    /// <summary>T rows of D / 2 angles.</summary>
    /// <param name="positions">Time, height and width positions, T each.</param>
    public float[] Compute(int[][] positions)
    {
        var (tokens, half) = (positions[0].Length, _frequencies.Length);
        var angles = new float[tokens * half];
        for (var t = 0; t < tokens; t++)
        {
            for (var i = 0; i < half; i++) angles[t * half + i] = positions[_axes[i]][t] * _frequencies[i];
        }
        return angles;
    }
}
