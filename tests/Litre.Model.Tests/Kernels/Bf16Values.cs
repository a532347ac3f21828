using Litre.Torch;

namespace Litre.Model.Tests.Kernels;

/// <summary>A bf16 tensor with the same numbers in float64.</summary>
internal sealed class Bf16Values
{
    // One rounding to nearest of a number with eight significant bits.
    private const double Rounding = 1.0 / 256;

    // Of float32 sums and fast exponentials, against the size of what is summed.
    private const double Arithmetic = 4e-6;

    private Bf16Values(Tensor tensor) => (Tensor, Values) = (tensor, tensor.ToDoubles());

    public Tensor Tensor { get; }

    public double[] Values { get; }

    public double this[long index] => Values[index];

    /// <param name="tensor">bf16</param>
    public static Bf16Values Of(Tensor tensor) => new(tensor);

    /// <summary>Numbers of both signs whose sizes differ, up to about 4.</summary>
    public static Bf16Values Random(Random random, params ReadOnlySpan<long> sizes)
    {
        var values = new float[Shape.Count(sizes)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)((random.NextDouble() - 0.5) * Math.Pow(2, 3 * random.NextDouble()));
        return new(Tensor.From<float>(values, sizes, Device.Cpu).To(DType.BFloat16));
    }

    /// <summary>Holds every element of a result against its exact value: one rounding, and float32's own errors.</summary>
    /// <param name="expected">The exact values.</param>
    /// <param name="found">Of a kernel, bf16 or float32.</param>
    /// <param name="sizes">Sizes of what is added up in each; null for one.</param>
    public static void Near(double[] expected, Tensor found, Func<int, double>? sizes = null)
    {
        var values = found.ToDoubles();
        Assert.Equal(expected.Length, values.Length);
        var rounding = found.DType == DType.BFloat16 ? Rounding : 1e-6;
        for (var i = 0; i < values.Length; i++)
        {
            var allowed = rounding * Math.Abs(expected[i]) + Arithmetic * (sizes?.Invoke(i) ?? 1);
            Assert.True(Math.Abs(values[i] - expected[i]) <= allowed, $"element {i} of {found}: {values[i]:R} is not {expected[i]:R}");
        }
    }
}
