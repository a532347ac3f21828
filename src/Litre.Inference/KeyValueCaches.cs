using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>
/// Keys and values of several sequences in every layer, each sequence in rows of a fixed capacity. Before the prompts'
/// forward <see cref="Fill"/> takes their layout; before each further one <see cref="Add"/> gives each new token its row, and
/// <see cref="Continue"/> says where the device finds these rows.
/// </summary>
/// <remarks>S sequences, C capacity, K key/value heads, D head width, T new tokens.</remarks>
public sealed class KeyValueCaches : IDisposable
{
    private readonly int _capacity;
    private readonly Device _device;
    private readonly int[] _lengths;
    private Tensor? _rows;
    private Tensor? _source;
    private SequenceLayout? _layout;
    private bool _borrowed;

    public KeyValueCaches(TextModel text, Model.TextConfig config, int sequences, int capacity)
    {
        using var label = MemoryLedger.Label(MemoryUse.Caches);
        _capacity = capacity;
        _device = text.Embedding.Value.Device;
        _lengths = new int[sequences];
        var dtype = text.Embedding.Value.DType;
        Layers = [.. text.Layers.Select(_ => new LayerCache(this, Buffer(), Buffer()))];

        Tensor Buffer() => TensorScope.Keep(
            Tensor.Zeros([(long)sequences * capacity, config.KvHeads, config.HeadDim], dtype, _device)); // (S C, K, D)
    }

    public IReadOnlyList<IKeyValueCache> Layers { get; }

    /// <summary>Tokens that each sequence can hold.</summary>
    public int Capacity => _capacity;

    /// <summary>First row of a sequence.</summary>
    public int Start(int sequence) => sequence * _capacity;

    public int Length(int sequence) => _lengths[sequence];

    /// <summary>Makes room for whole prompts, one a sequence, as the next forward holds them. What prompts share is kept for each.</summary>
    /// <exception cref="InvalidOperationException">A prompt would outgrow the capacity.</exception>
    public void Fill(PackedTokens prompts)
    {
        using var label = MemoryLedger.Label(MemoryUse.Caches);
        var rows = new List<long>();
        for (var i = 0; i < _lengths.Length; i++) Extend(i, prompts.RowsOf(i).Count, rows);
        Forget();
        _rows = TensorScope.Keep(Tensor.From(rows.ToArray(), _device));
        if (prompts.IsShared) _source = TensorScope.Keep(Tensor.From([.. Enumerable.Range(0, _lengths.Length).SelectMany(prompts.RowsOf)], _device));
        _layout = new SequenceLayout(
            [.. prompts.Owners.Select(Start)],
            [.. prompts.Lengths.Select((l, s) => prompts.Prefixes[s] is >= 0 and var prefix ? prompts.Lengths[prefix] + l : l)], _device);
    }

    /// <summary>Makes room for one more token of a sequence.</summary>
    /// <returns>The row that its keys and values take.</returns>
    /// <exception cref="InvalidOperationException">The sequence would outgrow its capacity.</exception>
    public long Add(int sequence)
    {
        var rows = new List<long>(1);
        Extend(sequence, 1, rows);
        return rows[0];
    }

    /// <summary>The next forwards hold one token of each of some sequences. What was given to <see cref="Fill"/> is forgotten.</summary>
    /// <param name="rows">(S) int64: the tokens' rows, when the forward runs. Borrowed.</param>
    /// <param name="layout">Of these sequences with the new tokens. Borrowed.</param>
    public void Continue(Tensor rows, SequenceLayout layout)
    {
        Forget();
        (_rows, _layout, _borrowed) = (rows, layout, true);
    }

    public void Dispose()
    {
        Forget();
        foreach (var layer in Layers.Cast<LayerCache>()) layer.Dispose();
    }

    private void Extend(int sequence, int tokens, List<long> rows)
    {
        if (_lengths[sequence] + tokens > _capacity)
            throw new InvalidOperationException($"sequence {sequence} would hold {_lengths[sequence] + tokens} tokens, its cache {_capacity}");
        for (var t = 0; t < tokens; t++) rows.Add((long)Start(sequence) + _lengths[sequence]++);
    }

    private void Forget()
    {
        if (!_borrowed)
        {
            _rows?.Dispose();
            _source?.Dispose();
            _layout?.Dispose();
        }
        (_rows, _source, _layout, _borrowed) = (null, null, null, false);
    }

    private sealed class LayerCache(KeyValueCaches owner, Tensor keys, Tensor values) : IKeyValueCache, IDisposable
    {
        public (Tensor K, Tensor V, SequenceLayout Layout) Append(Tensor k, Tensor v)
        {
            using var scope = new TensorScope();
            Ops.SetRowsInPlace(keys, owner._rows!, owner._source is { } source ? Ops.Rows(k, source) : k);
            Ops.SetRowsInPlace(values, owner._rows!, owner._source is { } from ? Ops.Rows(v, from) : v);
            return (keys, values, owner._layout!);
        }

        public (Tensor K, Tensor V, SequenceLayout Layout)? Step => owner._borrowed ? (keys, values, owner._layout!) : null;

        public void Dispose()
        {
            keys.Dispose();
            values.Dispose();
        }
    }
}
