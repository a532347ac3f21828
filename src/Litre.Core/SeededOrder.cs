namespace Litre.Core;

/// <summary>
/// Shuffles that are the same on every machine and in every version: SplitMix64 (Steele, Lea and Flood, 2014) and
/// Fisher-Yates. The framework's own generator makes no such promise for its seeds' sequences across versions.
/// </summary>
public struct SeededOrder(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The generator of one epoch of one seed.</summary>
    public static SeededOrder For(ulong seed, int epoch)
    {
        var mix = new SeededOrder(seed);
        return new SeededOrder(mix.Next() ^ ((ulong)(uint)epoch * 0xD1342543DE82EF95));
    }

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number below <paramref name="bound"/>; the bias of 64-bit multiplication is below 2^-32.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    public void Shuffle<T>(IList<T> items)
    {
        for (var i = items.Count - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
