namespace Litre.Data.Imaging;

/// <summary>For each position of the output, the start of its window and the fixed-point weights within it.</summary>
internal sealed class ResampleWeights
{
    // PyTorch's antialiased bicubic uses Keys' kernel with a = -0.5, like Pillow.
    private const double A = -0.5;
    private const double Radius = 2;

    private readonly int[] _first;
    private readonly int[] _count;
    private readonly short[] _weights;
    private readonly int _stride;

    private ResampleWeights(int[] first, int[] count, short[] weights, int stride, int precision)
    {
        _first = first;
        _count = count;
        _weights = weights;
        _stride = stride;
        Precision = precision;
    }

    /// <summary>Bits after the binary point.</summary>
    public int Precision { get; }

    /// <summary>One half, the initial value of sums, so that the shift rounds.</summary>
    public int Half => 1 << (Precision - 1);

    public ReadOnlySpan<short> Of(int index, out int first)
    {
        first = _first[index];
        return _weights.AsSpan(index * _stride, _count[index]);
    }

    public static ResampleWeights Compute(int from, int to)
    {
        var scale = (double)from / to;
        var support = scale >= 1 ? Radius * scale : Radius;
        var inverse = scale >= 1 ? 1 / scale : 1.0;
        var stride = (int)Math.Ceiling(support) * 2 + 1;
        var (first, count) = (new int[to], new int[to]);
        var exact = new double[checked(to * stride)];
        var largest = 0.0;
        for (var i = 0; i < to; i++)
        {
            var center = scale * (i + 0.5);
            first[i] = (int)Math.Max((long)(center - support + 0.5), 0);
            count[i] = (int)Math.Clamp(Math.Min((long)(center + support + 0.5), from) - first[i], 0, stride);
            var window = exact.AsSpan(i * stride, count[i]);
            var total = 0.0;
            for (var j = 0; j < window.Length; j++)
            {
                window[j] = Kernel((j + first[i] - center + 0.5) * inverse);
                total += window[j];
            }
            for (var j = 0; j < window.Length; j++)
            {
                if (total != 0)
                    window[j] /= total;
                largest = Math.Max(largest, window[j]);
            }
        }
        var precision = PrecisionFor(largest);
        var weights = new short[exact.Length];
        for (var i = 0; i < exact.Length; i++)
        {
            var scaled = exact[i] * (1 << precision);
            weights[i] = (short)(scaled < 0 ? (int)(scaled - 0.5) : (int)(scaled + 0.5));
        }
        return new ResampleWeights(first, count, weights, stride, precision);
    }

    private static int PrecisionFor(double largest)
    {
        var precision = 0;
        while (precision < 22 && (int)(0.5 + largest * (1 << (precision + 1))) < 1 << 15)
            precision++;
        return precision;
    }

    private static double Kernel(double x)
    {
        x = Math.Abs(x);
        if (x < 1)
            return ((A + 2) * x - (A + 3)) * x * x + 1;
        return x < 2 ? ((A * x - 5 * A) * x + 8 * A) * x - 4 * A : 0;
    }
}
