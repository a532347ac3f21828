using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>Keys and values of the tokens that one layer has processed, each sequence in rows of a fixed capacity.</summary>
/// <remarks>S sequences, C capacity, K key/value heads, D head width, T new tokens.</remarks>
public sealed class KeyValueState : ILayerState
{
    private readonly SequenceStates _sequences;
    private Tensor _keys; // (S C, K, D)
    private Tensor _values; // (S C, K, D)

    /// <param name="sequences">Borrowed.</param>
    /// <param name="heads">K</param>
    /// <param name="width">D</param>
    /// <param name="dtype">The type in which attention computes.</param>
    /// <param name="device">The device.</param>
    public KeyValueState(SequenceStates sequences, long heads, long width, DType dtype, Device device)
    {
        _sequences = sequences;
        long[] sizes = [(long)sequences.Count * sequences.Capacity, heads, width];
        _keys = TensorScope.Keep(Tensor.Zeros(sizes, dtype, device));
        _values = TensorScope.Keep(Tensor.Zeros(sizes, dtype, device));
    }

    public bool IsRecurrent => false;

    /// <summary>
    /// Where the next forward pass has one token of each sequence: the cache without it, and the boundaries with it, its place being
    /// the last row that its sequence uses. Else null.
    /// </summary>
    public (Tensor K, Tensor V, SequenceLayout Layout)? Step =>
        _sequences.Update is { IsStep: true } update ? (_keys, _values, update.Layout) : null;

    /// <summary>Adds new tokens' keys and values (T, K, D) and returns all so far, with their sequences' boundaries.</summary>
    public (Tensor K, Tensor V, SequenceLayout Layout) Append(Tensor k, Tensor v)
    {
        using var scope = new TensorScope();
        var update = _sequences.Update;
        Ops.SetRowsInPlace(_keys, update.Rows, update.Source is { } source ? Ops.Rows(k, source) : k);
        Ops.SetRowsInPlace(_values, update.Rows, update.Source is { } from ? Ops.Rows(v, from) : v);
        return (_keys, _values, update.Layout);
    }

    public int Restorable(int sequence, int length) => length;

    // Rows after a sequence's length are never read.
    public void Truncate(int sequence, int length) { }

    public void Grow(int capacity)
    {
        Replace(ref _keys, capacity);
        Replace(ref _values, capacity);
    }

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }

    private void Replace(ref Tensor rows, int capacity)
    {
        using var scope = new TensorScope();
        // (S C, K, D)
        var wider = Tensor.Zeros([(long)_sequences.Count * capacity, rows.Size(1), rows.Size(2)], rows.DType, rows.Device);
        for (var s = 0; s < _sequences.Count; s++)
        {
            var length = _sequences.Length(s);
            if (length > 0)
                wider.Slice(0, (long)s * capacity, length).CopyFrom(rows.Slice(0, _sequences.Start(s), length));
        }
        rows.Dispose();
        rows = TensorScope.Keep(wider);
    }
}
