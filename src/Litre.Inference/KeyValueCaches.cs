using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>
/// Keys and values of several sequences in every layer, each sequence in rows of a fixed capacity. Before the prompts'
/// forward <see cref="Reserve"/> takes their layout; before each further one <see cref="Add"/> gives each new token its row, and
/// <see cref="Continue"/> says where the device finds these rows.
/// </summary>
/// <remarks>S sequences, C capacity, K key/value heads, D head width, T new tokens.</remarks>
public sealed class KeyValueCaches : IDisposable
{
    private readonly Device _device;
    private readonly int[] _lengths;
    private Tensor? _rows;
    private Tensor? _source;
    private SequenceLayout? _layout;
    private bool _borrowed;

    public KeyValueCaches(TextModel text, TextConfig config, int sequences, int capacity)
    {
        using var label = MemoryLedger.Label(MemoryUse.Caches);
        Capacity = capacity;
        _device = text.Embedding.Device;
        _lengths = new int[sequences];
        var dtype = text.Embedding.ComputeType;
        Layers = [.. text.Layers.Select(_ => new LayerCache(this, Buffer(), Buffer()))];

        // (S C, K, D)
        Tensor Buffer() => TensorScope.Keep(Tensor.Zeros([(long)sequences * capacity, config.KvHeads, config.HeadDim], dtype, _device));
    }

    public IReadOnlyList<IKeyValueCache> Layers { get; }

    /// <summary>Tokens that each sequence can hold.</summary>
    public int Capacity { get; private set; }

    /// <summary>First row of a sequence.</summary>
    public int Start(int sequence) => sequence * Capacity;

    /// <summary>Tokens of a sequence so far.</summary>
    public int Length(int sequence) => _lengths[sequence];

    /// <summary>Forgets the tokens of a sequence behind its first ones.</summary>
    public void Truncate(int sequence, int length) => _lengths[sequence] = Math.Min(_lengths[sequence], length);

    /// <summary>
    /// Makes room for more tokens of each sequence; one layer at a time, so that hardly more memory is taken than the new room.
    /// </summary>
    public void Grow(int capacity)
    {
        if (capacity <= Capacity)
            return;
        using var label = MemoryLedger.Label(MemoryUse.Caches);
        Forget();
        foreach (var layer in Layers.Cast<LayerCache>())
            layer.Move(Wider);
        Capacity = capacity;

        Tensor Wider(Tensor rows)
        {
            using var scope = new TensorScope();
            // (S C, K, D)
            var wider = Tensor.Zeros([(long)_lengths.Length * capacity, rows.Size(1), rows.Size(2)], rows.DType, rows.Device);
            for (var s = 0; s < _lengths.Length; s++)
            {
                if (_lengths[s] > 0)
                    wider.Slice(0, (long)s * capacity, _lengths[s]).CopyFrom(rows.Slice(0, Start(s), _lengths[s]));
            }
            return TensorScope.Keep(wider);
        }
    }

    /// <summary>
    /// Makes room for whole prompts, one a sequence, as the next forward holds them: each behind the tokens that its sequence has. What
    /// prompts share is kept for each.
    /// </summary>
    /// <exception cref="InvalidOperationException">A prompt would outgrow the capacity.</exception>
    public void Reserve(PackedTokens prompts)
    {
        using var label = MemoryLedger.Label(MemoryUse.Caches);
        var rows = new List<long>();
        var before = _lengths.ToArray();
        for (var i = 0; i < _lengths.Length; i++)
            Extend(i, prompts.RowsOfSample(i).Count, rows);
        Forget();
        _rows = TensorScope.Keep(Tensor.From(rows.ToArray(), _device));
        if (prompts.HasSharedPrefixes)
            _source = TensorScope.Keep(Tensor.From([.. Enumerable.Range(0, _lengths.Length).SelectMany(prompts.RowsOfSample)], _device));
        _layout = new SequenceLayout(
            [.. prompts.Owners.Select(Start)],
            [
                .. prompts.Lengths.Select(
                    (l, s) => before[prompts.Owners[s]] + (prompts.Prefixes[s] is >= 0 and var prefix ? prompts.Lengths[prefix] + l : l)
                ),
            ],
            _device
        );
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

    /// <summary>The next forwards hold one token of each of some sequences. What was given to <see cref="Reserve"/> is forgotten.</summary>
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
        foreach (var layer in Layers.Cast<LayerCache>())
            layer.Dispose();
    }

    private void Extend(int sequence, int tokens, List<long> rows)
    {
        if (_lengths[sequence] + tokens > Capacity)
            throw new InvalidOperationException(
                $"sequence {sequence} would hold {_lengths[sequence] + tokens} tokens, its cache {Capacity}"
            );
        for (var t = 0; t < tokens; t++)
            rows.Add((long)Start(sequence) + _lengths[sequence]++);
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
        private Tensor _keys = keys; // (S C, K, D)
        private Tensor _values = values; // (S C, K, D)

        public (Tensor K, Tensor V, SequenceLayout Layout) Append(Tensor k, Tensor v)
        {
            using var scope = new TensorScope();
            Ops.SetRowsInPlace(_keys, owner._rows!, owner._source is { } source ? Ops.Rows(k, source) : k);
            Ops.SetRowsInPlace(_values, owner._rows!, owner._source is { } from ? Ops.Rows(v, from) : v);
            return (_keys, _values, owner._layout!);
        }

        public (Tensor K, Tensor V, SequenceLayout Layout)? Step => owner._borrowed ? (_keys, _values, owner._layout!) : null;

        public void Move(Func<Tensor, Tensor> copy)
        {
            Replace(ref _keys, copy);
            Replace(ref _values, copy);
        }

        public void Dispose()
        {
            _keys.Dispose();
            _values.Dispose();
        }

        private static void Replace(ref Tensor rows, Func<Tensor, Tensor> copy)
        {
            var old = rows;
            rows = copy(old);
            old.Dispose();
        }
    }
}
