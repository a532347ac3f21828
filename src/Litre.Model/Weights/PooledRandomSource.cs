using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>
/// Random weights for measuring, in seconds for the largest models: norms are ones, biases zeros, and every other tensor is copied
/// out of one
/// pool of normally distributed numbers on the device, from a place that its key decides. The same in every run and on every device, so
/// that losses can be compared. The pool is a prime number of elements, so no two rows of a matrix are alike.
/// </summary>
public sealed class PooledRandomSource : WeightSource, IDisposable
{
    /// <summary>The largest prime below 2²⁴.</summary>
    public const int PoolSize = (1 << 24) - 3;

    private readonly ulong _seed;
    private readonly Tensor _pool; // (PoolSize)

    /// <param name="dtype">Type of the weights.</param>
    /// <param name="device">The device of the weights. No meta device.</param>
    /// <param name="seed">The seed of the numbers and of the places.</param>
    /// <param name="deviation">Standard deviation.</param>
    /// <param name="size">Elements of the pool.</param>
    public PooledRandomSource(DType dtype, Device device, ulong seed, double deviation = 0.02, int size = PoolSize)
        : base(dtype, device)
    {
        _seed = seed;
        var values = new float[size];
        new NormalQuantiles(deviation, DType.Float32).Fill(seed, 0, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        using var host = Tensor.From<float>(values, [size], device.Host);
        using var narrow = host.To(dtype);
        _pool = TensorScope.Keep(narrow.Device == device ? narrow.Alias() : narrow.To(device));
    }

    public void Dispose() => _pool.Dispose();

    protected override void Read(string key, Tensor destination)
    {
        if (RandomCheckpoint.Constant(key) is { } constant)
        {
            destination.Fill(constant);
            return;
        }
        using var scope = new TensorScope();
        var flat = destination.View(-1);
        var place = (long)(RandomCheckpoint.Sequence(_seed, key) % (ulong)_pool.Count);
        for (var done = 0L; done < flat.Count; place = 0)
        {
            var count = Math.Min(_pool.Count - place, flat.Count - done);
            flat.Slice(0, done, count).CopyFrom(_pool.Slice(0, place, count));
            done += count;
        }
    }
}
