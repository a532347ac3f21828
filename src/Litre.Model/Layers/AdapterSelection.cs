using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Which adapter each row of a pass is computed with: none, one of the model's for all rows, or one by row. It belongs to the pass, and
/// changes together with the rows along the model (<see cref="Take"/>, <see cref="Group"/>).
/// </summary>
public sealed class AdapterSelection : IDisposable
{
    /// <summary>The value in place of a slot for the base model.</summary>
    public const int NoAdapter = -1;

    private readonly int[] _slots = []; // of each row, where they differ
    private readonly Device _device;
    private readonly Dictionary<TokenRows, AdapterSelection> _taken = [];
    private readonly Dictionary<long, AdapterSelection> _grouped = [];

    private AdapterSelection(int slot)
    {
        Slot = slot;
        Rows = slot == NoAdapter ? [] : [new AdapterRows(slot)];
    }

    private AdapterSelection(int[] slots, Device device)
    {
        (_slots, _device) = (slots, device);
        Rows =
        [
            .. slots
                .Select((slot, row) => (Slot: slot, Row: (long)row))
                .Where(r => r.Slot != NoAdapter)
                .GroupBy(r => r.Slot, r => r.Row)
                .OrderBy(g => g.Key)
                .Select(g => new AdapterRows(g.Key, [.. g], slots.Length, device)),
        ];
    }

    private AdapterSelection(Tensor slots) => (RowSlots, Rows) = (slots, []);

    /// <summary>Selects the base model, bit for bit.</summary>
    public static AdapterSelection None { get; } = new(NoAdapter);

    /// <summary>Selects the adapter of slot 0, or the base model if that is empty.</summary>
    public static AdapterSelection First { get; } = new(0);

    /// <summary>The slot of all rows, or <see cref="NoAdapter"/>; null if rows differ.</summary>
    public int? Slot { get; }

    /// <summary>Each slot that is used, with its rows; empty if they are on the device.</summary>
    public IReadOnlyList<AdapterRows> Rows { get; }

    /// <summary>(T) int64: the slot of each row on the device, of a step of few rows; otherwise null.</summary>
    public Tensor? RowSlots { get; }

    /// <summary>One slot for all rows, regardless of their number.</summary>
    /// <param name="slot">The slot of the model's bank, or <see cref="NoAdapter"/>.</param>
    public static AdapterSelection Of(int slot) =>
        slot switch
        {
            NoAdapter => None,
            0 => First,
            > 0 => new AdapterSelection(slot),
            _ => throw new ArgumentException($"{slot} is not a slot of adapters; the first slot is 0, and {NoAdapter} means no adapter"),
        };

    /// <summary>
    /// A slot per row, which the device reads when the rows are computed; for passes without a backward pass, of models for which
    /// <c>CausalModel.SelectsAdaptersOnDevice</c> holds.
    /// </summary>
    /// <param name="slots">(T) int64; negative for the base model. Borrowed.</param>
    public static AdapterSelection OnDevice(Tensor slots) => new(slots);

    /// <summary>A slot per row.</summary>
    /// <param name="runs">Neighboring rows of one slot, in the order of the rows.</param>
    /// <param name="device">The device of the model.</param>
    public static AdapterSelection Of(IReadOnlyList<AdapterRun> runs, Device device) =>
        Of([.. runs.SelectMany(r => Enumerable.Repeat(r.Slot, checked((int)r.Rows)))], device);

    /// <summary>The selection for some of the rows; it is freed with this one.</summary>
    public AdapterSelection Take(TokenRows rows)
    {
        if (Slot is not null)
            return this;
        RequireHost();
        if (!_taken.TryGetValue(rows, out var taken))
            _taken[rows] = taken = Of([.. rows.Indices.Select(i => _slots[i])], _device);
        return taken;
    }

    /// <summary>The selection after neighboring rows have been merged into one; it is freed with this one.</summary>
    /// <param name="rows">How many rows are merged into one; they have the same slot.</param>
    public AdapterSelection Group(long rows)
    {
        if (Slot is not null)
            return this;
        RequireHost();
        if (!_grouped.TryGetValue(rows, out var grouped))
        {
            var chunks = _slots.Chunk(checked((int)rows)).ToArray();
            if (chunks.Any(c => c.Length != rows || c.Any(slot => slot != c[0])))
                throw new ArgumentException($"{_slots.Length} rows have different adapters within groups of {rows} that are merged");
            _grouped[rows] = grouped = Of([.. chunks.Select(c => c[0])], _device);
        }
        return grouped;
    }

    /// <summary>Frees the rows' indices on the device; a selection for all rows has none.</summary>
    public void Dispose()
    {
        foreach (var rows in Rows)
            rows.Dispose();
        foreach (var derived in _taken.Values.Concat(_grouped.Values))
            derived.Dispose();
        _taken.Clear();
        _grouped.Clear();
    }

    private void RequireHost()
    {
        if (RowSlots is not null)
            throw new InvalidOperationException("adapters that are selected on the device cannot be selected for some of the rows");
    }

    private static AdapterSelection Of(int[] slots, Device device) =>
        slots.Length == 0 ? None
        : slots.All(s => s == slots[0]) ? Of(slots[0])
        : new AdapterSelection(slots, device);
}

/// <summary>Neighboring rows that are computed with one adapter.</summary>
/// <param name="Slot">The slot of the model's bank, or <see cref="AdapterSelection.NoAdapter"/>.</param>
/// <param name="Rows">How many.</param>
public readonly record struct AdapterRun(int Slot, long Rows);
