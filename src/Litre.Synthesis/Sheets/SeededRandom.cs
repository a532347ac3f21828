using Litre.Core;

namespace Litre.Synthesis.Sheets;

/// <summary>
/// Draws that are the same on every machine and in every version (<see cref="SeededOrder"/>). Not thread-safe: each
/// image has its own.
/// </summary>
internal sealed class SeededRandom(ulong seed)
{
    private SeededOrder _order = new(seed);

    /// <summary>The draws of one image, which depend on seed, style, index and attempt.</summary>
    public static SeededRandom For(ulong seed, string style, int index, int attempt)
    {
        // FNV-1a of the style's name: the framework's own hashes differ from process to process.
        var name = 0xCBF29CE484222325ul;
        foreach (var character in style)
            name = (name ^ character) * 0x100000001B3;
        var mix = new SeededOrder(seed ^ name).Next();
        mix = new SeededOrder(mix ^ (uint)index).Next();
        return new SeededRandom(new SeededOrder(mix ^ ((ulong)(uint)attempt << 32)).Next());
    }

    /// <summary>A whole number from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public int Between(int low, int high) => low + _order.Below(high - low + 1);

    /// <summary>A position between two, in steps of a quarter pixel, so that rounding of libraries has no effect.</summary>
    public float Place(float low, float high) => low + Between(0, Math.Max((int)((high - low) * 4), 0)) / 4f;

    /// <summary>True in <paramref name="percent"/> of a hundred draws.</summary>
    public bool Chance(int percent) => _order.Below(100) < percent;

    public T Pick<T>(IReadOnlyList<T> items) => items[_order.Below(items.Count)];

    /// <summary>Different items, in random order.</summary>
    public List<T> Several<T>(IEnumerable<T> items, int count)
    {
        var list = items.ToList();
        _order.Shuffle(list);
        return list[..Math.Min(count, list.Count)];
    }

    public void Shuffle<T>(IList<T> items) => _order.Shuffle(items);
}
