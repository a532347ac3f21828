using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>
/// Keys and values of several sequences in every layer, each sequence in rows of a fixed capacity. Before each forward,
/// <see cref="Advance"/> says which sequences get how many tokens.
/// </summary>
/// <remarks>S sequences, C capacity, K key/value heads, D head width, T new tokens.</remarks>
public sealed class KeyValueCaches : IDisposable
{
    private readonly int _capacity;
    private readonly Device _device;
    private readonly int[] _lengths;
    private Tensor? _rows;
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

    /// <summary>Makes room for new tokens of some sequences, which the next forward holds in this order.</summary>
    /// <exception cref="InvalidOperationException">A sequence would outgrow its capacity.</exception>
    public void Advance(IReadOnlyList<int> sequences, IReadOnlyList<int> tokens)
    {
        using var label = MemoryLedger.Label(MemoryUse.Caches);
        var rows = new List<long>();
        for (var i = 0; i < sequences.Count; i++)
        {
            var sequence = sequences[i];
            if (_lengths[sequence] + tokens[i] > _capacity)
                throw new InvalidOperationException($"sequence {sequence} would hold {_lengths[sequence] + tokens[i]} tokens, its cache {_capacity}");
            for (var t = 0; t < tokens[i]; t++) rows.Add((long)sequence * _capacity + _lengths[sequence]++);
        }
        Forget();
        _rows = TensorScope.Keep(Tensor.From(rows.ToArray(), _device));
        _layout = new SequenceLayout([.. sequences.Select(s => s * _capacity)], [.. sequences.Select(s => _lengths[s])], _device);
    }

    public void Dispose()
    {
        Forget();
        foreach (var layer in Layers.Cast<LayerCache>()) layer.Dispose();
    }

    private void Forget()
    {
        _rows?.Dispose();
        _layout?.Dispose();
    }

    private sealed class LayerCache(KeyValueCaches owner, Tensor keys, Tensor values) : IKeyValueCache, IDisposable
    {
        public (Tensor K, Tensor V, SequenceLayout Layout) Append(Tensor k, Tensor v)
        {
            Ops.SetRowsInPlace(keys, owner._rows!, k);
            Ops.SetRowsInPlace(values, owner._rows!, v);
            return (keys, values, owner._layout!);
        }

        public void Dispose()
        {
            keys.Dispose();
            values.Dispose();
        }
    }
}
