using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>The rows of a pass that use one adapter: all, a contiguous run, which is a view, or others, which are gathered.</summary>
/// <remarks>T rows of the pass, m of them here.</remarks>
public sealed class AdapterRows : IDisposable
{
    private readonly long _all;
    private readonly long _start;
    private readonly long _count;
    private readonly TokenRows? _apart;

    /// <summary>All rows, regardless of their number.</summary>
    internal AdapterRows(int slot) => (Slot, IsAll) = (slot, true);

    /// <param name="slot">The slot of the adapter.</param>
    /// <param name="rows">Ascending; at least one, and not all.</param>
    /// <param name="all">T</param>
    /// <param name="device">The device of the model.</param>
    internal AdapterRows(int slot, long[] rows, long all, Device device)
    {
        (Slot, _all, _start, _count) = (slot, all, rows[0], rows.Length);
        if (rows[^1] - rows[0] + 1 != rows.Length)
            _apart = new TokenRows(rows, device);
    }

    public int Slot { get; }

    public bool IsAll { get; }

    /// <summary>These rows of all: (T, …) gives (m, …); <paramref name="x"/> itself where they are all.</summary>
    /// <exception cref="ArgumentException">The tensor has another number of rows than the selection.</exception>
    public Tensor Take(Tensor x)
    {
        if (IsAll)
            return x;
        if (x.Size(0) != _all)
            throw new ArgumentException($"adapters were selected for {_all} rows, which do not match those of {x}");
        return _apart is null ? x.Slice(0, _start, _count) : _apart.Gather(x);
    }

    /// <summary>Writes back rows that were taken and changed.</summary>
    /// <param name="x">(T, …), where they were taken from.</param>
    /// <param name="taken">(m, …), the result of <see cref="Take"/>, which may have been changed in place.</param>
    /// <param name="values">(m, …), that tensor or a replacement.</param>
    /// <returns>x with the values in it; the values themselves where they are all.</returns>
    public Tensor Put(Tensor x, Tensor taken, Tensor values)
    {
        if (IsAll)
            return values;
        if (_apart is not null)
            return _apart.SetInPlace(x, values);
        if (!ReferenceEquals(taken, values))
            taken.CopyFrom(values);
        return x;
    }

    public void Dispose() => _apart?.Dispose();
}
