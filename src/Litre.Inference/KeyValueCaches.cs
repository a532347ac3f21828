using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>
/// Keys and values of several sequences in every layer, each sequence in rows of a fixed capacity. Before the prompts'
/// forward <see cref="Fill"/> takes their layout; before each further one <see cref="Advance"/> says which sequences get a token.
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
            [.. prompts.Owners.Select(i => i * _capacity)],
            [.. prompts.Lengths.Select((l, s) => prompts.Prefixes[s] is >= 0 and var prefix ? prompts.Lengths[prefix] + l : l)], _device);
    }

    /// <summary>Makes room for a new token of some sequences, which the next forward holds in this order.</summary>
    /// <exception cref="InvalidOperationException">A sequence would outgrow its capacity.</exception>
    public void Advance(IReadOnlyList<int> sequences)
    {
        using var label = MemoryLedger.Label(MemoryUse.Caches);
        var rows = new List<long>();
        foreach (var sequence in sequences) Extend(sequence, 1, rows);
        Forget();
        _rows = TensorScope.Keep(Tensor.From(rows.ToArray(), _device));
        _layout = new SequenceLayout([.. sequences.Select(s => s * _capacity)], [.. sequences.Select(s => _lengths[s])], _device);
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
        for (var t = 0; t < tokens; t++) rows.Add((long)sequence * _capacity + _lengths[sequence]++);
    }

    private void Forget()
    {
        _rows?.Dispose();
        _source?.Dispose();
        _source = null;
        _layout?.Dispose();
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

        public void Dispose()
        {
            keys.Dispose();
            values.Dispose();
        }
    }
}
