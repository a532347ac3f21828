using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>
/// What all layers keep of several sequences between forward passes. Sequences are numbered; each open one owns neighboring rows, one
/// for each token that it can have, and can be closed and opened again with another number of rows. Before a prompts' forward pass,
/// <see cref="Reserve"/> receives their layout; before each further one, <see cref="Add"/> assigns a row to each new token, and
/// <see cref="Continue"/> provides the rows on the device. Not thread-safe.
/// </summary>
public sealed class SequenceStates : IDisposable
{
    private const int Closed = -1;

    private readonly Device _device;
    private readonly int[] _starts;
    private readonly int[] _capacities; // Closed for a sequence without rows
    private readonly int[] _lengths;
    private StateUpdate? _update;

    /// <summary>Sequences of equal capacity, all of them open.</summary>
    /// <param name="mixers">The mixers, one per layer.</param>
    /// <param name="device">The device.</param>
    /// <param name="sequences">How many sequences.</param>
    /// <param name="capacity">Tokens that each can hold.</param>
    public SequenceStates(IEnumerable<ITokenMixer> mixers, Device device, int sequences, int capacity)
        : this(mixers, device, sequences, checked(sequences * capacity), padding: false)
    {
        for (var s = 0; s < sequences; s++)
            (_starts[s], _capacities[s]) = (s * capacity, capacity);
    }

    private SequenceStates(IEnumerable<ITokenMixer> mixers, Device device, int sequences, int rows, bool padding)
    {
        using var label = MemoryLedger.Label(MemoryUse.Caches);
        _device = device;
        var all = sequences + (padding ? 1 : 0);
        _starts = new int[all];
        _lengths = new int[all];
        _capacities = new int[all];
        Array.Fill(_capacities, Closed);
        Count = sequences;
        Rows = rows;
        PaddingSequence = padding ? sequences : null;
        if (padding)
            (_starts[sequences], _capacities[sequences]) = (rows, 1);
        Layers = [.. mixers.Select(m => m.CreateState(this))];
        HasRecurrent = Layers.Any(l => l.IsRecurrent);
    }

    /// <summary>Sequences that are opened one at a time, and one more of a single row for rows of a step that are not in use.</summary>
    /// <param name="mixers">The mixers, one per layer.</param>
    /// <param name="device">The device.</param>
    /// <param name="sequences">The maximum number of open sequences.</param>
    /// <param name="rows">Tokens that all of them together can hold.</param>
    public static SequenceStates WithRows(IEnumerable<ITokenMixer> mixers, Device device, int sequences, int rows) =>
        new(mixers, device, sequences, rows, padding: true);

    /// <summary>One per layer.</summary>
    public IReadOnlyList<ILayerState> Layers { get; }

    /// <summary>Whether some layer keeps one state per sequence instead of one row per token.</summary>
    public bool HasRecurrent { get; }

    /// <summary>The maximum number of open sequences, without the one for padding.</summary>
    public int Count { get; }

    /// <summary>Sequences that layers have states for, the one for padding included.</summary>
    public int AllSequences => _lengths.Length;

    /// <summary>Rows of all sequences together, without the one for padding.</summary>
    public int Rows { get; private set; }

    /// <summary>Rows that layers have, the one for padding included.</summary>
    public int AllRows => Rows + (PaddingSequence is null ? 0 : 1);

    /// <summary>The sequence whose single row is overwritten by rows of a step that are not in use; null if there is none.</summary>
    public int? PaddingSequence { get; }

    /// <summary>Rows of open sequences.</summary>
    public int RowsInUse => Enumerable.Range(0, Count).Where(IsOpen).Sum(s => _capacities[s]);

    /// <summary>What the next or current forward pass adds.</summary>
    /// <exception cref="InvalidOperationException">Neither Reserve nor Continue was called.</exception>
    public StateUpdate Update =>
        _update ?? throw new InvalidOperationException("a forward pass over states needs a call of Reserve or Continue first");

    /// <summary>First row of a sequence.</summary>
    public int Start(int sequence) => _starts[sequence];

    /// <summary>Tokens of a sequence so far.</summary>
    public int Length(int sequence) => _lengths[sequence];

    /// <summary>Tokens that a sequence can hold; 0 if it is closed.</summary>
    public int Capacity(int sequence) => Math.Max(0, _capacities[sequence]);

    /// <summary>Whether a sequence has rows.</summary>
    public bool IsOpen(int sequence) => _capacities[sequence] != Closed;

    /// <summary>Whether a sequence with this capacity could be opened.</summary>
    public bool CanOpen(int capacity) => _capacities.Contains(Closed) && FindGap(capacity) is not null;

    /// <summary>Opens a sequence without tokens in the first gap that is large enough.</summary>
    /// <param name="capacity">Tokens that it can hold.</param>
    /// <returns>Its number; null if no sequence is closed, or no gap is large enough.</returns>
    public int? TryOpen(int capacity)
    {
        var sequence = Array.IndexOf(_capacities, Closed);
        if (sequence < 0 || FindGap(capacity) is not { } start)
            return null;
        (_starts[sequence], _capacities[sequence], _lengths[sequence]) = (start, capacity, 0);
        foreach (var layer in Layers)
            layer.Truncate(sequence, 0);
        return sequence;
    }

    /// <summary>Closes a sequence: its tokens are forgotten, and its rows are free.</summary>
    public void Close(int sequence)
    {
        _lengths[sequence] = 0;
        _capacities[sequence] = Closed;
    }

    /// <summary>Frees the rows of a sequence that have no token.</summary>
    public void Trim(int sequence) => _capacities[sequence] = Math.Max(1, _lengths[sequence]);

    /// <summary>The longest beginning of a sequence to which all layers can be rewound.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="length">The maximum number of tokens.</param>
    public int Restorable(int sequence, int length)
    {
        var (asked, found) = (-1, Math.Min(length, _lengths[sequence]));
        while (found != asked)
        {
            asked = found;
            foreach (var layer in Layers)
                found = layer.Restorable(sequence, found);
        }
        return found;
    }

    /// <summary>Removes the tokens of a sequence after its first ones.</summary>
    /// <exception cref="InvalidOperationException">A layer cannot be rewound to these.</exception>
    public void Truncate(int sequence, int length)
    {
        length = Math.Min(length, _lengths[sequence]);
        RequireRestorable(sequence, length);
        foreach (var layer in Layers)
            layer.Truncate(sequence, length);
        _lengths[sequence] = length;
    }

    /// <summary>Copies the first tokens of a sequence to another one, which has none.</summary>
    /// <exception cref="InvalidOperationException">A layer cannot be rewound to these, or the other has tokens or too few rows.</exception>
    public void Copy(int from, int to, int length)
    {
        RequireRestorable(from, length);
        if (_lengths[to] > 0 || length > _capacities[to])
            throw new InvalidOperationException($"sequence {to} with {_lengths[to]} tokens has no space for {length} tokens of {from}");
        foreach (var layer in Layers)
            layer.Copy(from, to, length);
        _lengths[to] = length;
    }

    /// <summary>
    /// Gives every sequence space for more tokens; one layer at a time, so that hardly more memory is needed than the new space.
    /// </summary>
    public void Grow(int capacity)
    {
        if (_capacities.Take(Count).All(c => c >= capacity))
            return;
        using var label = MemoryLedger.Label(MemoryUse.Caches);
        Forget();
        var starts = _starts.ToArray();
        for (var s = 0; s < Count; s++)
            starts[s] = s * capacity;
        var rows = checked(Count * capacity);
        if (PaddingSequence is { } padding)
            starts[padding] = rows;
        foreach (var layer in Layers)
            layer.Move(rows + (AllRows - Rows), starts);
        starts.CopyTo(_starts, 0);
        Array.Fill(_capacities, capacity, 0, Count);
        Rows = rows;
    }

    /// <summary>
    /// Reserves space for the prompts of the next forward pass, each after the tokens that its sequence has. The shared part of prompts
    /// is stored for each.
    /// </summary>
    /// <param name="prompts">The layout of the packed prompts.</param>
    /// <param name="owners">For each packed sequence, which sequence it belongs to; of a shared beginning, the first that has it.</param>
    /// <exception cref="InvalidOperationException">A prompt would exceed the capacity of its sequence.</exception>
    public void Reserve(SequenceLayout prompts, IReadOnlyList<int> owners)
    {
        using var label = MemoryLedger.Label(MemoryUse.Caches);
        List<long> rows = [],
            source = [];
        var before = _lengths.ToArray();
        var last = new Dictionary<int, int>(); // of a sequence's packed parts, the one that it ends with
        for (var s = 0; s < owners.Count; s++)
            last[owners[s]] = s;
        // Without shared beginnings, the rows are in the order of the packed tokens.
        foreach (var s in last.Values.Order())
        {
            if (prompts.Prefix(s) is >= 0 and var prefix)
                AddRows(prefix);
            AddRows(s);

            void AddRows(int part)
            {
                Extend(owners[s], prompts.Length(part), rows);
                for (var t = 0; t < prompts.Length(part); t++)
                    source.Add(prompts.Start(part) + t);
            }
        }
        Forget();
        var parts = Enumerable.Range(0, owners.Count).ToList();
        _update = new StateUpdate(
            TensorScope.Keep(Tensor.From(rows.ToArray(), _device)),
            Source: parts.Exists(s => prompts.Prefix(s) >= 0) ? TensorScope.Keep(Tensor.From(source.ToArray(), _device)) : null,
            Sequences: owners,
            Layout: new SequenceLayout(
                [.. owners.Select(Start)],
                [
                    .. parts.Select(s =>
                        before[owners[s]] + (prompts.Prefix(s) is >= 0 and var prefix ? prompts.Length(prefix) : 0) + prompts.Length(s)
                    ),
                ],
                _device
            )
        );
    }

    /// <summary>Reserves space for one more token of a sequence.</summary>
    /// <returns>Its row.</returns>
    /// <exception cref="InvalidOperationException">The sequence would exceed its capacity.</exception>
    public long Add(int sequence)
    {
        var rows = new List<long>(1);
        Extend(sequence, 1, rows);
        return rows[0];
    }

    /// <summary>
    /// Prepares forward passes with one token of each of some sequences. The layout given to <see cref="Reserve"/> is discarded.
    /// </summary>
    /// <param name="step">What each of them adds. Borrowed.</param>
    public void Continue(StateUpdate step)
    {
        if (!step.IsStep)
            throw new ArgumentException("the update of a step is expected, but this one is for prompts", nameof(step));
        Forget();
        _update = step;
    }

    public void Dispose()
    {
        Forget();
        foreach (var layer in Layers)
            layer.Dispose();
    }

    private void RequireRestorable(int sequence, int length)
    {
        if (Restorable(sequence, length) is var nearest && nearest != length)
            throw new InvalidOperationException(
                $"sequence {sequence} with {_lengths[sequence]} tokens cannot be rewound to {length}, only to {nearest}"
            );
    }

    // The first row of the first gap with this many rows.
    private int? FindGap(int rows)
    {
        var free = 0;
        foreach (var s in Enumerable.Range(0, Count).Where(IsOpen).OrderBy(s => _starts[s]))
        {
            if (_starts[s] - free >= rows)
                return free;
            free = _starts[s] + _capacities[s];
        }
        return Rows - free >= rows ? free : null;
    }

    private void Extend(int sequence, int tokens, List<long> rows)
    {
        if (_lengths[sequence] + tokens > _capacities[sequence])
            throw new InvalidOperationException(
                $"sequence {sequence} would have {_lengths[sequence] + tokens} tokens, but its states have space for {Capacity(sequence)}"
            );
        for (var t = 0; t < tokens; t++)
            rows.Add((long)Start(sequence) + _lengths[sequence]++);
    }

    // Steps are borrowed.
    private void Forget()
    {
        if (_update is { IsStep: false })
            _update.Dispose();
        _update = null;
    }
}
