using System.Collections;

namespace Litre.Model.Layers;

/// <summary>The low-rank updates of one weight: a pair for each of the model's adapters that changes it. Owns them.</summary>
/// <param name="module">The weight's name in messages.</param>
public sealed class LoraSlots(string module) : IReadOnlyCollection<LoraPair>, IDisposable
{
    private readonly SortedList<int, LoraPair> _pairs = [];

    public int Count => _pairs.Count;

    /// <summary>True if a backward pass may have gradients to compute here.</summary>
    public bool Trainable => _pairs.Values.Any(p => p.Trainable);

    /// <summary>The pair of a slot; null if its adapter does not change the weight.</summary>
    public LoraPair? this[int slot] => _pairs.GetValueOrDefault(slot);

    /// <exception cref="InvalidOperationException">The slot has one already.</exception>
    public void Add(int slot, LoraPair pair)
    {
        if (!_pairs.TryAdd(slot, pair))
            throw new InvalidOperationException($"{module} already has an adapter in slot {slot}");
    }

    /// <summary>Frees the pair of a slot, if there is one.</summary>
    public void Detach(int slot)
    {
        if (_pairs.Remove(slot, out var pair))
            pair.Dispose();
    }

    public void Dispose()
    {
        foreach (var pair in _pairs.Values)
            pair.Dispose();
        _pairs.Clear();
    }

    public IEnumerator<LoraPair> GetEnumerator() => _pairs.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
