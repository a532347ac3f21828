using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>
/// Random weights: ones for norms, zeros for biases, a normal distribution elsewhere. Created on the host from a seed, the same on
/// every machine; use <see cref="PooledRandomSource"/> for sizes that would need minutes.
/// </summary>
/// <param name="dtype">Type of the weights.</param>
/// <param name="device">The device of the weights.</param>
/// <param name="seed">The seed of the random sequence.</param>
/// <param name="deviation">Standard deviation.</param>
public sealed class RandomSource(DType dtype, Device device, int seed, double deviation = 0.02) : WeightSource(dtype, device)
{
    private readonly Random _random = new(seed);

    /// <summary>Spread of norms and biases around one and zero, so that gradient checks cover them.</summary>
    public double Jitter { get; init; }

    protected override void Read(string key, Tensor destination)
    {
        var norm = key.Contains("norm", StringComparison.Ordinal) && key.EndsWith(".weight", StringComparison.Ordinal);
        var bias = key.EndsWith(".bias", StringComparison.Ordinal);
        var (mean, spread) =
            norm ? (1.0, Jitter)
            : bias ? (0.0, Jitter)
            : (0.0, deviation);
        if (spread == 0)
        {
            destination.Fill(mean);
            return;
        }
        var values = new float[destination.Count];
        for (var i = 0; i < values.Length; i += 2)
        {
            // Box and Muller 1958.
            var radius = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble()));
            var (sin, cos) = Math.SinCos(2 * Math.PI * _random.NextDouble());
            values[i] = (float)(mean + spread * radius * cos);
            if (i + 1 < values.Length)
                values[i + 1] = (float)(mean + spread * radius * sin);
        }
        using var host = Tensor.From<float>(values, destination.Sizes, Device.Cpu);
        destination.CopyFrom(host);
    }
}
