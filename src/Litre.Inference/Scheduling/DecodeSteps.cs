using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;

namespace Litre.Inference.Scheduling;

/// <summary>
/// Generates the tokens after the first one. On CUDA, a step is recorded after it has run a few times, and is replayed from then on: a
/// step is a thousand kernel launches, which cost the host more time than the device. Otherwise, and if recording is impossible,
/// disabled or not worthwhile, the same step runs operator by operator.
/// </summary>
/// <remarks>
/// A recorded step serves any sequences of at most as many rows. Steps exist for numbers of rows in buckets; one that is recorded is
/// used as long as at least half of its rows are in use, so that recordings are few. All graphs share one stream, on which nothing
/// that lasts is allocated.
/// </remarks>
internal sealed class DecodeSteps : IDisposable
{
    private const int MaxBatches = 32;

    private readonly CausalModel _model;
    private readonly SequenceStates _states;
    private readonly ReplaySettings _settings;
    private readonly List<Entry> _entries = []; // the one used last at the end
    private readonly bool _usesBuckets;
    private readonly Dictionary<int, bool> _staysOnDevice = []; // by the slot of the adapter
    private IStepStream? _stream;
    private int _adapterVersion = -1;
    private bool _selectsOnDevice;

    private sealed class Entry(DecodeBatch batch) : IDisposable
    {
        public DecodeBatch Batch { get; } = batch;

        public IStepGraph? Graph { get; set; }

        public int Steps { get; set; } // on the stream, without a recording

        public void Dispose()
        {
            Graph?.Dispose();
            Batch.Dispose();
        }
    }

    /// <param name="model">Borrowed.</param>
    /// <param name="states">Borrowed.</param>
    /// <param name="tokens">The maximum number of tokens of a sequence that will be generated here.</param>
    /// <param name="settings">When to record.</param>
    public DecodeSteps(CausalModel model, SequenceStates states, int tokens, ReplaySettings settings)
    {
        (_model, _states, _settings) = (model, states, settings);
        // Also without recording, so that both compute the same.
        _usesBuckets = states.PaddingSequence is not null && (model.Device.UsesCuda || settings.AnyDevice);
        if (!settings.AnyDevice && !model.Kernels.Options.CapturesSteps)
            return;
        // Opened before it is needed, so that earlier steps run on the same stream as the recorded ones.
        if (tokens >= settings.WarmupSteps + settings.MinTokens && (settings.AnyDevice || model.Device.Type == DeviceType.Cuda))
            _stream = settings.OpenStream(model.Device);
    }

    /// <summary>The number of rows of a step for this many sequences.</summary>
    public static int Bucket(int rows) =>
        rows <= 2 ? rows
        : rows <= 4 ? 4
        : rows <= 64 ? (rows + 7) / 8 * 8
        : (rows + 31) / 32 * 32;

    /// <summary>Steps so far that replayed a recorded one.</summary>
    public long ReplayedSteps { get; private set; }

    /// <summary>One step.</summary>
    /// <param name="rows">The sequences; those of one adapter are neighbors.</param>
    /// <param name="remaining">The maximum number of tokens still to generate for the same sequences, including this one.</param>
    /// <param name="longest">The most tokens that any sequence can come to have.</param>
    /// <param name="logits">Whether all logits are needed.</param>
    /// <param name="read">Reads the results, whose first rows are those of the sequences.</param>
    public T Next<T>(IReadOnlyList<DecodeRow> rows, int remaining, int longest, bool logits, Func<DecodeBatch, T> read) =>
        Next(rows, remaining, longest, logits, read, exact: false);

    private T Next<T>(IReadOnlyList<DecodeRow> rows, int remaining, int longest, bool logits, Func<DecodeBatch, T> read, bool exact)
    {
        using var scope = new TensorScope();
        UpdateAdapters();
        // A profile needs every operator; it changes streams like all other code, by waiting.
        var stream = OperatorProfile.IsActive || !StaysOnDevice(rows) ? null : _stream;
        var entry = EntryOf(rows, remaining, longest, logits, stream is not null, exact);
        var batch = entry.Batch;
        if (stream is null)
            return Plainly();
        using (stream.Enter())
        {
            var worthwhile = remaining >= _settings.MinTokens;
            if (entry.Graph is null && entry.Steps >= _settings.WarmupSteps && worthwhile)
                entry.Graph = stream.Record(batch.Compute);
            if (entry.Graph is not null)
            {
                batch.Set(rows);
                entry.Graph.Launch();
                ReplayedSteps++;
                return read(batch);
            }
            if (entry.Steps < _settings.WarmupSteps || !worthwhile)
            {
                entry.Steps++;
                return Plainly();
            }
        }
        // It could not be recorded, and will not be.
        Clear();
        stream.Dispose();
        _stream = null;
        return Next(rows, remaining, longest, logits, read);

        T Plainly()
        {
            batch.Set(rows);
            batch.Compute();
            return read(batch);
        }
    }

    /// <summary>One step of the padding sequence alone, for which a step is recorded as for sequences.</summary>
    /// <param name="rows">How many rows.</param>
    /// <param name="longest">The most tokens that any sequence can come to have.</param>
    public void Warm(int rows, int longest)
    {
        if (_stream is null)
            return;
        UpdateAdapters();
        var none = Enumerable.Repeat(new DecodeRow(-1, 0, 0, AdapterSelection.NoAdapter), rows).ToList();
        if (!StaysOnDevice(none))
            return;
        Next(none, int.MaxValue, longest, false, _ => 0, exact: true);
    }

    /// <summary>Forgets all recorded steps.</summary>
    public void Clear()
    {
        foreach (var entry in _entries)
            entry.Dispose();
        _entries.Clear();
    }

    public void Dispose()
    {
        Clear();
        _stream?.Dispose();
    }

    private void UpdateAdapters()
    {
        if (_adapterVersion == _model.Adapters.Version)
            return;
        _adapterVersion = _model.Adapters.Version;
        _staysOnDevice.Clear();
        var onDevice = _model.SelectsAdaptersOnDevice;
        // What was recorded has no place for the first adapter of a weight, or reads factors that may be gone.
        var outdated = onDevice && _model.UpdateAdapterTables();
        if (outdated || !onDevice || onDevice != _selectsOnDevice)
            Clear();
        _selectsOnDevice = onDevice;
    }

    private bool StaysOnDevice(IReadOnlyList<DecodeRow> rows) =>
        _settings.AnyDevice
        || (_selectsOnDevice ? StaysOnDevice(AdapterSelection.NoAdapter) : rows.Select(r => r.Adapter).Distinct().All(StaysOnDevice));

    // Every layer is asked, so only once.
    private bool StaysOnDevice(int slot) =>
        _staysOnDevice.TryGetValue(slot, out var known)
            ? known
            : _staysOnDevice[slot] = _model.Text.StaysOnDevice(AdapterSelection.Of(slot));

    private Entry EntryOf(IReadOnlyList<DecodeRow> rows, int remaining, int longest, bool logits, bool records, bool exact)
    {
        var serving = _entries.FindAll(e =>
            e.Batch.Rows >= rows.Count && e.Batch.Longest >= longest && (e.Batch.Logits is not null) == logits && e.Batch.Fits(rows)
        );
        var worthwhile = remaining >= _settings.WarmupSteps + _settings.MinTokens;
        var count = _usesBuckets ? Bucket(rows.Count) : rows.Count;
        var found = serving
            .Where(e => records && !exact ? e.Graph is not null && (!worthwhile || e.Batch.Rows <= 2 * rows.Count) : e.Batch.Rows == count)
            .Concat(serving.Where(e => e.Batch.Rows == count))
            .OrderBy(e => e.Graph is null)
            .ThenBy(e => e.Batch.Rows)
            .ThenBy(e => e.Batch.Longest)
            .FirstOrDefault();
        if (found is not null)
        {
            _entries.Remove(found);
            _entries.Add(found);
            return found;
        }
        // Plain steps keep one batch; recorded ones a bounded number.
        while (_entries.Count >= (records ? MaxBatches : 1))
        {
            _entries[0].Dispose();
            _entries.RemoveAt(0);
        }
        int[] slots = [.. Enumerable.Range(0, count).Select(i => i < rows.Count ? rows[i].Adapter : AdapterSelection.NoAdapter)];
        var entry = new Entry(new DecodeBatch(_model, _states, count, longest, logits, _selectsOnDevice ? null : slots));
        _entries.Add(entry);
        return entry;
    }
}
