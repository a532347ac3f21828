using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>Operands with which Litre's own kernels are checked before their first use.</summary>
internal static class KernelSample
{
    /// <summary>Normally distributed bf16 numbers, the same for a seed.</summary>
    public static Tensor Normal(Device device, int seed, params ReadOnlySpan<long> sizes)
    {
        var random = new Random(seed);
        var values = new float[Shape.Count(sizes)];
        // Box and Muller 1958.
        for (var i = 0; i < values.Length; i++)
            values[i] = MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * MathF.Cos(2 * MathF.PI * random.NextSingle());
        using var host = Tensor.From<float>(values, sizes, Device.Cpu);
        using var narrow = host.To(DType.BFloat16);
        return narrow.To(device);
    }

    /// <summary>Whether two results are equal, element by element.</summary>
    public static bool AreEqual(Tensor found, Tensor expected) =>
        found.DType == expected.DType
        && found.Sizes.SequenceEqual(expected.Sizes)
        && found.ToDoubles().AsSpan().SequenceEqual(expected.ToDoubles());

    /// <summary>The largest error of several results.</summary>
    public static double MaxError(params ReadOnlySpan<(Tensor Found, Tensor Expected)> results)
    {
        var worst = 0.0;
        foreach (var (found, expected) in results)
            worst = Math.Max(worst, FusedOperation.ErrorOf(found, expected));
        return worst;
    }
}
