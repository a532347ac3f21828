using System.Numerics;

namespace Litre.Inference.Sampling;

/// <summary>Passes over a row of logits, several at a time.</summary>
internal static class LogitMath
{
    /// <summary>Weights below this exponent count as zero.</summary>
    public const float SmallestExponent = -24;

    // Weights are multiples of 1/Scale, so that sums of up to 2^19 of them are exact in a double and do not depend on their order.
    private const double Scale = 1L << 34;
    private const double Rounding = 1L << 52;

    /// <summary>The largest value; minus infinity if there is none. What is not a number is ignored.</summary>
    public static float Max(ReadOnlySpan<float> values)
    {
        var most = new Vector<float>(float.NegativeInfinity);
        var i = 0;
        for (; i + Vector<float>.Count <= values.Length; i += Vector<float>.Count)
        {
            var block = new Vector<float>(values[i..]);
            // False for what is not a number.
            most = Vector.ConditionalSelect(Vector.GreaterThan(block, most), block, most);
        }
        var result = float.NegativeInfinity;
        for (var lane = 0; lane < Vector<float>.Count; lane++)
            result = Math.Max(result, most[lane]);
        for (; i < values.Length; i++)
        {
            if (values[i] > result)
                result = values[i];
        }
        return result;
    }

    /// <summary>The first index of the largest value, or -1 if all are minus infinity or not numbers.</summary>
    public static int Largest(ReadOnlySpan<float> values)
    {
        var most = Max(values);
        if (float.IsNegativeInfinity(most))
            return -1;
        var i = 0;
        while (i + Vector<float>.Count <= values.Length && !Vector.EqualsAny(new Vector<float>(values[i..]), new Vector<float>(most)))
            i += Vector<float>.Count;
        while (values[i] != most)
            i++;
        return i;
    }

    /// <summary>The sum of exp(value - shift).</summary>
    public static double SumOfExponentials(ReadOnlySpan<float> values, float shift)
    {
        var sum = 0.0;
        Span<float> block = stackalloc float[Vector<float>.Count];
        for (var i = 0; i < values.Length; )
        {
            // Not too many in a float.
            var part = Vector<float>.Zero;
            for (var n = 0; n < 64 && i < values.Length; n++, i += Vector<float>.Count)
                part += Exponential(Block(values, i, block, float.NegativeInfinity) - new Vector<float>(shift));
            sum += Vector.Sum(part);
        }
        return sum;
    }

    /// <summary>The largest value of each of several blocks of a row; minus infinity where a block has none.</summary>
    /// <param name="values">The row.</param>
    /// <param name="maxima">Receives one value for each block; those without a block are minus infinity.</param>
    /// <returns>The smallest value; infinity if there is none.</returns>
    public static float BlockMaxima(ReadOnlySpan<float> values, Span<float> maxima)
    {
        maxima.Fill(float.NegativeInfinity);
        var size = (values.Length + maxima.Length - 1) / maxima.Length;
        size = (size + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
        var least = new Vector<float>(float.PositiveInfinity);
        Span<float> rest = stackalloc float[Vector<float>.Count];
        for (var (block, i) = (0, 0); i < values.Length; block++)
        {
            var most = new Vector<float>(float.NegativeInfinity);
            for (var end = Math.Min(i + size, values.Length); i < end; i += Vector<float>.Count)
            {
                // False for what is not a number.
                var part = Block(values, i, rest, float.NaN);
                most = Vector.ConditionalSelect(Vector.GreaterThan(part, most), part, most);
                least = Vector.ConditionalSelect(Vector.LessThan(part, least), part, least);
            }
            for (var lane = 0; lane < Vector<float>.Count; lane++)
                maxima[block] = Math.Max(maxima[block], most[lane]);
        }
        var result = least[0];
        for (var lane = 1; lane < Vector<float>.Count; lane++)
            result = Math.Min(result, least[lane]);
        return result;
    }

    /// <summary>The sum of the weights of all values whose exponents are not below a limit.</summary>
    /// <param name="values">The logits.</param>
    /// <param name="largest">The largest of them.</param>
    /// <param name="inverse">One divided by the temperature.</param>
    /// <param name="smallest">The smallest exponent.</param>
    public static double SumOfWeights(ReadOnlySpan<float> values, float largest, float inverse, float smallest)
    {
        var sum = Vector<double>.Zero;
        Span<float> rest = stackalloc float[Vector<float>.Count];
        for (var i = 0; i < values.Length; i += Vector<float>.Count)
        {
            var exponents = Exponents(values, i, largest, inverse, rest);
            var used = Vector.GreaterThanOrEqual(exponents, new Vector<float>(smallest));
            if (!Vector.EqualsAny(used, Vector<int>.AllBitsSet))
                continue;
            Vector.Widen(Vector.ConditionalSelect(used, Exponential(exponents), Vector<float>.Zero), out var low, out var high);
            sum += Whole(low) + Whole(high);
        }
        return Vector.Sum(sum);
    }

    /// <summary>(value - largest) / temperature of several values; what is not there, and what is not a number, has no exponent.</summary>
    /// <param name="values">The logits.</param>
    /// <param name="start">The first of them.</param>
    /// <param name="largest">The largest of all.</param>
    /// <param name="inverse">One divided by the temperature.</param>
    /// <param name="rest">A buffer for the end of the row.</param>
    public static Vector<float> Exponents(ReadOnlySpan<float> values, int start, float largest, float inverse, Span<float> rest) =>
        (Block(values, start, rest, float.NaN) - new Vector<float>(largest)) * new Vector<float>(inverse);

    /// <summary>A weight as a whole number, which is exact in a double.</summary>
    public static double Whole(float weight) => weight * Scale + Rounding - Rounding;

    private static Vector<double> Whole(Vector<double> weights) =>
        weights * new Vector<double>(Scale) + new Vector<double>(Rounding) - new Vector<double>(Rounding);

    private static Vector<float> Block(ReadOnlySpan<float> values, int start, Span<float> block, float rest)
    {
        if (start + Vector<float>.Count <= values.Length)
            return new(values[start..]);
        block.Fill(rest);
        values[start..].CopyTo(block);
        return new(block);
    }

    /// <summary>
    /// exp(x) for x of at most 0, as 2^n times a polynomial (Cephes), with a relative error below 3e-7; 0 below
    /// <see cref="SmallestExponent"/> and for what is not a number.
    /// </summary>
    public static Vector<float> Exponential(Vector<float> x)
    {
        // False for what is not a number.
        var used = Vector.GreaterThanOrEqual(x, new Vector<float>(SmallestExponent));
        x = Vector.ConditionalSelect(used, x, Vector<float>.Zero);
        var n = Vector.Floor(x * new Vector<float>(1.44269504f) + new Vector<float>(0.5f));
        var r = x - n * new Vector<float>(0.693359375f) - n * new Vector<float>(-2.12194440e-4f);
        var p = new Vector<float>(1.9875691500e-4f);
        p = p * r + new Vector<float>(1.3981999507e-3f);
        p = p * r + new Vector<float>(8.3334519073e-3f);
        p = p * r + new Vector<float>(4.1665795894e-2f);
        p = p * r + new Vector<float>(1.6666665459e-1f);
        p = p * r + new Vector<float>(5.0000001201e-1f);
        p = p * r * r + r + Vector<float>.One;
        var power = Vector.AsVectorSingle(Vector.ShiftLeft(Vector.ConvertToInt32(n) + new Vector<int>(127), 23));
        return Vector.ConditionalSelect(used, p * power, Vector<float>.Zero);
    }
}
