using System.Collections;
using Litre.Model.Configuration;
using Litre.Model.Experts;
using Litre.Model.Layers;

namespace Litre.Model;

/// <summary>
/// The adapters attached to a model, in numbered slots. Which of them a pass uses is said by its <see cref="AdapterSelection"/>; any number
/// of them may serve rows of one batch. Not thread-safe.
/// </summary>
public sealed class AdapterBank : IReadOnlyCollection<Adapter>
{
    private readonly SortedList<int, Adapter> _adapters = [];
    private readonly IReadOnlyList<Linear> _linears;
    private readonly IReadOnlyList<ExpertLinear> _experts;

    /// <param name="linears">All of the model that can carry an adapter.</param>
    /// <param name="experts">Likewise.</param>
    internal AdapterBank(IEnumerable<Linear> linears, IEnumerable<ExpertLinear> experts) =>
        (_linears, _experts) = ([.. linears], [.. experts]);

    public int Count => _adapters.Count;

    /// <summary>The lowest slot without an adapter, which the next one takes.</summary>
    public int FreeSlot => Enumerable.Range(0, Count + 1).First(slot => !_adapters.ContainsKey(slot));

    /// <summary>The adapter of a slot.</summary>
    /// <exception cref="ArgumentException">The slot is empty.</exception>
    public Adapter this[int slot] =>
        _adapters.GetValueOrDefault(slot) ?? throw new ArgumentException($"slot {slot} has no adapter; slots with an adapter: {Slots}");

    /// <summary>Enters an adapter whose factors are in the layers already.</summary>
    /// <param name="config">What it is.</param>
    /// <param name="updates">All that is under <see cref="FreeSlot"/>.</param>
    /// <returns>The adapter in that slot.</returns>
    public Adapter Add(AdapterConfig config, IReadOnlyList<WeightUpdate> updates)
    {
        var slot = FreeSlot;
        var bytes = _linears.Sum(l => l.AdapterBytes(slot)) + _experts.Sum(e => e.Lora[slot]?.Bytes ?? 0);
        return _adapters[slot] = new Adapter(slot, config, updates, bytes);
    }

    /// <summary>Frees an adapter's factors and its slot. The others stay as they are.</summary>
    public void Detach(int slot)
    {
        foreach (var linear in _linears)
            linear.Detach(slot);
        foreach (var experts in _experts)
            experts.Lora.Detach(slot);
        _adapters.Remove(slot);
    }

    /// <summary>Frees all.</summary>
    public void Clear()
    {
        foreach (var slot in _adapters.Keys.ToArray())
            Detach(slot);
    }

    /// <summary>What the rows of a batch are computed with.</summary>
    /// <param name="batch">Its samples may choose.</param>
    /// <param name="adapters">
    /// One choice for all rows, which goes before the samples' own; null leaves it to them. If nobody chooses it is slot 0, or the base
    /// model where that is empty.
    /// </param>
    /// <exception cref="ArgumentException">A slot is chosen that is empty, or the choice for all differs by row.</exception>
    public BatchAdapters Select(PackedBatch batch, AdapterSelection? adapters)
    {
        if (adapters is { Slot: null })
            throw new ArgumentException("a selection for a whole batch must name one slot; set the slot of each sample if the rows differ");
        var chosen = adapters is null ? batch.Adapters : new BatchAdapters(adapters, adapters);
        if (chosen is null)
            return new BatchAdapters(AdapterSelection.First, AdapterSelection.First);
        foreach (var rows in chosen.Tokens.Rows)
            _ = this[rows.Slot];
        return chosen;
    }

    /// <summary>The slot of all of a batch's rows if nobody chooses: 0, or none where that is empty.</summary>
    public int DefaultSlot => _adapters.ContainsKey(0) ? 0 : AdapterSelection.NoAdapter;

    public IEnumerator<Adapter> GetEnumerator() => _adapters.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private string Slots => Count == 0 ? "none" : string.Join(", ", _adapters.Keys);
}
