using System.Collections;
using Litre.Model.Configuration;
using Litre.Model.Experts;
using Litre.Model.Layers;

namespace Litre.Model;

/// <summary>
/// The adapters attached to a model, in numbered slots. A pass's <see cref="AdapterSelection"/> determines which of them it uses; the
/// rows of one batch may use any number of them. Not thread-safe.
/// </summary>
public sealed class AdapterBank : IReadOnlyCollection<Adapter>
{
    private readonly SortedList<int, Adapter> _adapters = [];
    private readonly IReadOnlyList<Linear> _linears;
    private readonly IReadOnlyList<ExpertLinear> _experts;

    /// <param name="linears">All linear modules of the model that can have an adapter.</param>
    /// <param name="experts">All expert tensors that can have an adapter.</param>
    internal AdapterBank(IEnumerable<Linear> linears, IEnumerable<ExpertLinear> experts) =>
        (_linears, _experts) = ([.. linears], [.. experts]);

    public int Count => _adapters.Count;

    /// <summary>Changes whenever an adapter is attached or detached.</summary>
    public int Version { get; private set; }

    /// <summary>The lowest slot without an adapter, which the next adapter gets.</summary>
    public int FreeSlot => Enumerable.Range(0, Count + 1).First(slot => !_adapters.ContainsKey(slot));

    /// <summary>The adapter of a slot.</summary>
    /// <exception cref="ArgumentException">The slot is empty.</exception>
    public Adapter this[int slot] =>
        _adapters.GetValueOrDefault(slot) ?? throw new ArgumentException($"slot {slot} has no adapter; slots with an adapter: {Slots}");

    /// <summary>Registers an adapter whose factors are already in the layers.</summary>
    /// <param name="config">Its configuration.</param>
    /// <param name="updates">All updates under <see cref="FreeSlot"/>.</param>
    /// <returns>The adapter in that slot.</returns>
    public Adapter Add(AdapterConfig config, IReadOnlyList<WeightUpdate> updates)
    {
        var slot = FreeSlot;
        Version++;
        var bytes = _linears.Sum(l => l.AdapterBytes(slot)) + _experts.Sum(e => e.Lora[slot]?.Bytes ?? 0);
        return _adapters[slot] = new Adapter(slot, config, updates, bytes);
    }

    /// <summary>Frees an adapter's factors and its slot. The others are unchanged.</summary>
    public void Detach(int slot)
    {
        foreach (var linear in _linears)
            linear.Detach(slot);
        foreach (var experts in _experts)
            experts.Lora.Detach(slot);
        _adapters.Remove(slot);
        Version++;
    }

    /// <summary>Frees all adapters.</summary>
    public void Clear()
    {
        foreach (var slot in _adapters.Keys.ToArray())
            Detach(slot);
    }

    /// <summary>The adapters with which a batch's rows are computed.</summary>
    /// <param name="batch">Its samples may select adapters.</param>
    /// <param name="adapters">
    /// One selection for all rows, which overrides the samples' own; null uses theirs. Without any selection, it is slot 0, or the base
    /// model if that is empty.
    /// </param>
    /// <exception cref="ArgumentException">A selected slot is empty, or the selection for all differs by row.</exception>
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

    /// <summary>The slot of a batch's rows without a selection: 0, or none if that is empty.</summary>
    public int DefaultSlot => _adapters.ContainsKey(0) ? 0 : AdapterSelection.NoAdapter;

    public IEnumerator<Adapter> GetEnumerator() => _adapters.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private string Slots => Count == 0 ? "none" : string.Join(", ", _adapters.Keys);
}
