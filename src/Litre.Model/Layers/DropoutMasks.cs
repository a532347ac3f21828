using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Dropout masks as a pure function of (seed, step, site, token, column): the same on every device, the same when a layer is
/// recomputed, and a resumed run needs only the step number. Each element's hash is two rounds of multiply and shift (after Wang's
/// integer hash), kept in 31 bits so that int64 never overflows.
/// </summary>
/// <param name="seed">The run's seed.</param>
/// <param name="step">The micro-batch's number in the run.</param>
public sealed class DropoutMasks(ulong seed, long step)
{
    private const long Mask = int.MaxValue;

    /// <summary>Scaled keep-mask: 0 with probability <paramref name="rate"/>, else 1 / (1 - rate).</summary>
    /// <param name="x">(T, in); gives the mask's shape, type and device.</param>
    /// <param name="site">Identifies the layer, so that no two layers share a mask.</param>
    /// <param name="rate">0 ≤ rate &lt; 1.</param>
    public Tensor Keep(Tensor x, string site, double rate)
    {
        using var scope = new TensorScope();
        var key = Mix(seed ^ Mix((ulong)step ^ Mix(Hash(site))));
        var rows = Codes((int)x.Size(0), key, x.Device).View(-1, 1); // (T, 1) int64
        var columns = Codes((int)x.Size(1), Mix(key), x.Device).View(1, -1); // (1, in) int64
        var bits = Ops.Xor(rows, columns); // (T, in) int64, 31 bits
        var mask = Tensor.Scalar(Mask, DType.Int64, x.Device);
        foreach (var (shift, factor) in ((int, long)[])[(15, 0x2C1B3C6D), (12, 0x297A2D39)])
        {
            var shifted = Ops.ShiftRight(bits, Tensor.Scalar(shift, DType.Int64, x.Device));
            bits = Ops.And(Ops.Mul(Ops.Xor(bits, shifted), Tensor.Scalar(factor, DType.Int64, x.Device)), mask);
        }
        bits = Ops.Xor(bits, Ops.ShiftRight(bits, Tensor.Scalar(15, DType.Int64, x.Device)));
        var keep = Ops.GreaterOrEqual(bits, Tensor.Scalar(Math.Floor(rate * (Mask + 1.0)), DType.Int64, x.Device));
        var scale = Tensor.Scalar(1 / (1 - rate), x.DType, x.Device);
        return scope.Return(Ops.Where(keep, scale, Tensor.Zeros([], x.DType, x.Device)));
    }

    private static Tensor Codes(int count, ulong key, Device device)
    {
        var codes = new long[count];
        for (var i = 0; i < count; i++)
            codes[i] = (long)(Mix(key + (ulong)i) >> 33);
        return Tensor.From(codes, device);
    }

    private static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL; // FNV-1a
        foreach (var c in text)
            hash = (hash ^ c) * 1099511628211UL;
        return hash;
    }

    // SplitMix64's finaliser (Steele, Lea and Flood 2014).
    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
