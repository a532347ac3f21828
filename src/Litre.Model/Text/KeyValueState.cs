using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>Keys and values of the tokens that one layer has processed, each sequence in its own rows.</summary>
/// <remarks>R rows of all sequences, K key/value heads, D head width, T new tokens.</remarks>
public sealed class KeyValueState : ILayerState
{
    private readonly SequenceStates _sequences;
    private Tensor _keys; // (R, K, D)
    private Tensor _values; // (R, K, D)

    /// <param name="sequences">Borrowed.</param>
    /// <param name="heads">K</param>
    /// <param name="width">D</param>
    /// <param name="dtype">The type in which attention computes.</param>
    /// <param name="device">The device.</param>
    public KeyValueState(SequenceStates sequences, long heads, long width, DType dtype, Device device)
    {
        _sequences = sequences;
        long[] sizes = [sequences.AllRows, heads, width];
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

    public void Copy(int from, int to, int length)
    {
        using var scope = new TensorScope();
        foreach (var rows in (Tensor[])[_keys, _values])
            rows.Slice(0, _sequences.Start(to), length).CopyFrom(rows.Slice(0, _sequences.Start(from), length));
    }

    public void Move(int rows, IReadOnlyList<int> starts)
    {
        Replace(ref _keys, rows, starts);
        Replace(ref _values, rows, starts);
    }

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }

    private void Replace(ref Tensor from, int rows, IReadOnlyList<int> starts)
    {
        using var scope = new TensorScope();
        var moved = Tensor.Zeros([rows, from.Size(1), from.Size(2)], from.DType, from.Device); // (R, K, D)
        for (var s = 0; s < starts.Count; s++)
        {
            var length = _sequences.Length(s);
            if (length > 0)
                moved.Slice(0, starts[s], length).CopyFrom(from.Slice(0, _sequences.Start(s), length));
        }
        from.Dispose();
        from = TensorScope.Keep(moved);
    }
}
