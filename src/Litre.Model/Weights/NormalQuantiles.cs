using System.Runtime.InteropServices;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>
/// The 65,536 quantiles of a normal distribution, as elements of a type: sixteen random bits choose a weight by one
/// look-up, which is as fast as memory and never farther out than 4.3 deviations. Only additions, products, quotients and
/// roots go into the table, which every processor rounds alike.
/// </summary>
internal sealed class NormalQuantiles
{
    internal const int Count = 1 << 16;

    private readonly ushort[]? _bfloat16;
    private readonly float[]? _float32;

    internal NormalQuantiles(double deviation, DType dtype)
    {
        var values = new float[Count];
        for (var i = 0; i < Count / 2; i++)
        {
            var value = (float)(deviation * Inverse((i + 0.5) / Count));
            (values[i], values[Count - 1 - i]) = (value, -value);
        }
        if (dtype == DType.BFloat16)
            _bfloat16 = [.. values.Select(Round)];
        else if (dtype == DType.Float32)
            _float32 = values;
        else
            throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "random weights can be bfloat16 or float32 only");
    }

    /// <summary>
    /// Writes the elements from <paramref name="first"/> on, a multiple of four, of the sequence that
    /// <paramref name="key"/> names. Element i depends on key and i alone.
    /// </summary>
    internal void Fill(ulong key, long first, Span<byte> destination)
    {
        if (_bfloat16 is not null)
            Fill(_bfloat16, key, first, MemoryMarshal.Cast<byte, ushort>(destination));
        else
            Fill(_float32!, key, first, MemoryMarshal.Cast<byte, float>(destination));
    }

    /// <summary>Mixes a counter into 64 random bits: SplitMix64 (Steele, Lea and Flood 2014), which any block can begin anywhere.</summary>
    internal static ulong Bits(ulong key, ulong counter)
    {
        var z = key + (counter + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>The normal distribution's inverse for a probability from 1e-11 to 0.5 (Wichura 1988, AS 241).</summary>
    internal static double Inverse(double p)
    {
        var q = p - 0.5;
        if (Math.Abs(q) <= 0.425)
        {
            var r = 0.180625 - q * q;
            return q
                * Polynomial(
                    r,
                    3.3871328727963666080e0,
                    1.3314166789178437745e+2,
                    1.9715909503065514427e+3,
                    1.3731693765509461125e+4,
                    4.5921953931549871457e+4,
                    6.7265770927008700853e+4,
                    3.3430575583588128105e+4,
                    2.5090809287301226727e+3
                )
                / Polynomial(
                    r,
                    1,
                    4.2313330701600911252e+1,
                    6.8718700749205790830e+2,
                    5.3941960214247511077e+3,
                    2.1213794301586595867e+4,
                    3.9307895800092710610e+4,
                    2.8729085735721942674e+4,
                    5.2264952788528545610e+3
                );
        }
        var t = Math.Sqrt(-Log(p)) - 1.6;
        return -(
            Polynomial(
                t,
                1.42343711074968357734e0,
                4.63033784615654529590e0,
                5.76949722146069140550e0,
                3.64784832476320460504e0,
                1.27045825245236838258e0,
                2.41780725177450611770e-1,
                2.27238449892691845833e-2,
                7.74545014278341407640e-4
            )
            / Polynomial(
                t,
                1,
                2.05319162663775882187e0,
                1.67638483018380384940e0,
                6.89767334985100004550e-1,
                1.48103976427480074590e-1,
                1.51986665636164571966e-2,
                5.47593808499534494600e-4,
                1.05075007164441684324e-9
            )
        );
    }

    private static void Fill<T>(T[] table, ulong key, long first, Span<T> destination)
    {
        var counter = (ulong)first / 4;
        var i = 0;
        for (; i + 4 <= destination.Length; i += 4)
        {
            var bits = Bits(key, counter++);
            destination[i + 3] = table[(int)(bits >> 48)];
            destination[i] = table[(ushort)bits];
            destination[i + 1] = table[(ushort)(bits >> 16)];
            destination[i + 2] = table[(ushort)(bits >> 32)];
        }
        for (var bits = Bits(key, counter); i < destination.Length; i++, bits >>= 16)
            destination[i] = table[(ushort)bits];
    }

    private static double Polynomial(double x, params ReadOnlySpan<double> coefficients)
    {
        var sum = 0.0;
        for (var i = coefficients.Length - 1; i >= 0; i--)
            sum = sum * x + coefficients[i];
        return sum;
    }

    // The library's logarithm may differ in its last bit between systems; this series of atanh does not.
    private static double Log(double value)
    {
        var exponent = 0;
        for (; value < 0.75; value *= 2)
            exponent--;
        var ratio = (value - 1) / (value + 1);
        var (sum, power) = (0.0, ratio);
        for (var n = 1; n < 40; n += 2, power *= ratio * ratio)
            sum += power / n;
        return 2 * sum + exponent * 0.693147180559945309417232;
    }

    // To the nearest, ties to even.
    private static ushort Round(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
