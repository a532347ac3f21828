using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Where packed sequences begin and end: <c>cu_seqlens</c>, on the host and on the device. Sequences of a cache have rows of a fixed
/// capacity, of which each uses the first ones. A sequence may continue after another one, whose tokens it attends to as if they were
/// its own first ones.
/// </summary>
public sealed class SequenceLayout : IDisposable
{
    private readonly int[] _starts;
    private readonly int[] _lengths;
    private IReadOnlyList<int>? _prefixes;

    /// <summary>Concatenated sequences.</summary>
    /// <param name="lengths">Tokens of each sequence.</param>
    /// <param name="device">The device of the boundaries.</param>
    public SequenceLayout(IReadOnlyList<int> lengths, Device device)
    {
        _starts = new int[lengths.Count + 1];
        _lengths = [.. lengths];
        for (var i = 0; i < lengths.Count; i++)
            _starts[i + 1] = checked(_starts[i] + lengths[i]);
        Longest = _lengths.DefaultIfEmpty(0).Max();
        CuSeqlens = TensorScope.Keep(Tensor.From(_starts, device));
    }

    /// <summary>Sequences at given rows, with space after each.</summary>
    /// <param name="starts">First row of each sequence, ascending.</param>
    /// <param name="lengths">Rows in use of each.</param>
    /// <param name="device">The device of the boundaries.</param>
    public SequenceLayout(IReadOnlyList<int> starts, IReadOnlyList<int> lengths, Device device)
        : this(starts, lengths, device, null) { }

    private SequenceLayout(IReadOnlyList<int> starts, IReadOnlyList<int> lengths, Device device, int? capacity)
    {
        _starts = [.. starts, starts[^1] + (capacity ?? lengths[^1])];
        _lengths = [.. lengths];
        Longest = capacity ?? _lengths.Max();
        CuSeqlens = TensorScope.Keep(Tensor.From(_starts, device));
        Used = TensorScope.Keep(Tensor.From(_lengths, device));
    }

    /// <summary>
    /// Sequences of a cache whose number of used rows grows (<see cref="Grow"/>) while the tensors stay the same: the code that counts
    /// the rows writes <see cref="Used"/>. <see cref="Longest"/> is the capacity from the start.
    /// </summary>
    /// <param name="starts">First row of each sequence, ascending.</param>
    /// <param name="lengths">Rows in use of each.</param>
    /// <param name="capacity">The most that each will use.</param>
    /// <param name="device">The device of the boundaries.</param>
    public static SequenceLayout Growing(IReadOnlyList<int> starts, IReadOnlyList<int> lengths, int capacity, Device device) =>
        new(starts, lengths, device, capacity);

    /// <summary>Concatenated sequences, some of which continue after an earlier one.</summary>
    /// <param name="lengths">Own tokens of each sequence.</param>
    /// <param name="prefixes">For each, the sequence that it continues after, or -1; that one continues after none.</param>
    /// <param name="device">The device of the boundaries.</param>
    public static SequenceLayout WithPrefixes(IReadOnlyList<int> lengths, IReadOnlyList<int> prefixes, Device device)
    {
        if (prefixes.All(p => p < 0))
            return new SequenceLayout(lengths, device);
        var layout = new SequenceLayout(lengths, device) { _prefixes = prefixes };
        List<long> rows = [];
        var seen = new int[lengths.Count];
        for (var s = 0; s < lengths.Count; s++)
        {
            if (prefixes[s] >= 0)
                Add(prefixes[s]);
            Add(s);

            void Add(int part)
            {
                for (var i = 0; i < lengths[part]; i++)
                    rows.Add(layout.Start(part) + i);
                seen[s] += lengths[part];
            }
        }
        layout.Keys = new SequenceLayout(seen, device);
        layout.KeyRows = TensorScope.Keep(Tensor.From(rows.ToArray(), device));
        return layout;
    }

    /// <summary>The first row of each sequence on the device, and the end of the last: (S + 1) int32.</summary>
    public Tensor CuSeqlens { get; }

    /// <summary>(S) int32: rows in use, where sequences have space after them; else null.</summary>
    public Tensor? Used { get; }

    /// <summary>
    /// (M) int64: the tokens that each sequence attends to, one sequence after the other, where some continue after another; else null.
    /// </summary>
    public Tensor? KeyRows { get; private set; }

    /// <summary>Boundaries of the sequences in <see cref="KeyRows"/>, or null.</summary>
    public SequenceLayout? Keys { get; private set; }

    /// <summary>The most rows that a sequence uses, or can come to use.</summary>
    public int Longest { get; }

    public int Sequences => _lengths.Length;

    /// <summary>Whether there are several sequences, all of one length, which attend only to themselves.</summary>
    public bool IsEven =>
        _lengths.Length > 1 && Used is null && KeyRows is null && Longest > 0 && Array.TrueForAll(_lengths, l => l == Longest);

    public int Start(int sequence) => _starts[sequence];

    public int Length(int sequence) => _lengths[sequence];

    /// <summary>The sequence that this one continues after, which is before it; -1 if it has no predecessor.</summary>
    public int Prefix(int sequence) => _prefixes?[sequence] ?? -1;

    /// <summary>Records that a sequence uses more or fewer rows than before.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="length">Rows in use now.</param>
    public void Grow(int sequence, int length) => _lengths[sequence] = length;

    /// <summary>
    /// Records on the host that a sequence has other rows; the code that does so writes <see cref="CuSeqlens"/> and <see cref="Used"/>.
    /// </summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="start">Its first row.</param>
    /// <param name="length">Rows in use.</param>
    public void Place(int sequence, int start, int length) => (_starts[sequence], _lengths[sequence]) = (start, length);

    public void Dispose()
    {
        CuSeqlens.Dispose();
        Used?.Dispose();
        KeyRows?.Dispose();
        Keys?.Dispose();
    }
}
