using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>
/// What all layers keep of several sequences between forward passes, each sequence with space for a fixed number of tokens. Before the
/// prompts' forward pass, <see cref="Reserve"/> receives their layout; before each further one, <see cref="Add"/> assigns a row to each
/// new token, and <see cref="Continue"/> provides the rows on the device.
/// </summary>
public sealed class SequenceStates : IDisposable
{
    private readonly Device _device;
    private readonly int[] _lengths;
    private StateUpdate? _update;

    /// <param name="mixers">The mixers, one per layer.</param>
    /// <param name="device">The device.</param>
    /// <param name="sequences">How many sequences.</param>
    /// <param name="capacity">Tokens that each can hold.</param>
    public SequenceStates(IEnumerable<ITokenMixer> mixers, Device device, int sequences, int capacity)
    {
        using var label = MemoryLedger.Label(MemoryUse.Caches);
        Capacity = capacity;
        _device = device;
        _lengths = new int[sequences];
        Layers = [.. mixers.Select(m => m.CreateState(this))];
        HasRecurrent = Layers.Any(l => l.IsRecurrent);
    }

    /// <summary>One per layer.</summary>
    public IReadOnlyList<ILayerState> Layers { get; }

    /// <summary>Whether some layer keeps one state per sequence instead of one row per token.</summary>
    public bool HasRecurrent { get; }

    /// <summary>How many sequences.</summary>
    public int Count => _lengths.Length;

    /// <summary>Tokens that each sequence can hold.</summary>
    public int Capacity { get; private set; }

    /// <summary>What the next or current forward pass adds.</summary>
    /// <exception cref="InvalidOperationException">Neither Reserve nor Continue was called.</exception>
    public StateUpdate Update =>
        _update ?? throw new InvalidOperationException("a forward pass over states needs a call of Reserve or Continue first");

    /// <summary>First row of a sequence.</summary>
    public int Start(int sequence) => sequence * Capacity;

    /// <summary>Tokens of a sequence so far.</summary>
    public int Length(int sequence) => _lengths[sequence];

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
        if (Restorable(sequence, length) is var nearest && nearest != length)
            throw new InvalidOperationException(
                $"sequence {sequence} with {_lengths[sequence]} tokens cannot be rewound to {length}, only to {nearest}"
            );
        foreach (var layer in Layers)
            layer.Truncate(sequence, length);
        _lengths[sequence] = length;
    }

    /// <summary>
    /// Reserves space for more tokens of each sequence; one layer at a time, so that hardly more memory is needed than the new space.
    /// </summary>
    public void Grow(int capacity)
    {
        if (capacity <= Capacity)
            return;
        using var label = MemoryLedger.Label(MemoryUse.Caches);
        Forget();
        foreach (var layer in Layers)
            layer.Grow(capacity);
        Capacity = capacity;
    }

    /// <summary>
    /// Reserves space for whole prompts, one per sequence, as in the next forward pass: each after the tokens that its sequence has.
    /// The shared part of prompts is stored for each.
    /// </summary>
    /// <param name="prompts">The layout of the packed prompts.</param>
    /// <param name="owners">For each packed sequence, which sequence it belongs to; of a shared beginning, the first that has it.</param>
    /// <exception cref="ArgumentException">Some sequence has no prompt.</exception>
    /// <exception cref="InvalidOperationException">A prompt would exceed the capacity.</exception>
    public void Reserve(SequenceLayout prompts, IReadOnlyList<int> owners)
    {
        using var label = MemoryLedger.Label(MemoryUse.Caches);
        List<long> rows = [],
            source = [];
        var before = _lengths.ToArray();
        var last = new int[_lengths.Length]; // of a sequence's packed parts, the one that it ends with
        Array.Fill(last, -1);
        for (var s = 0; s < owners.Count; s++)
            last[owners[s]] = s;
        if (last.Contains(-1))
            throw new ArgumentException($"of {Count} sequences, {last.Count(s => s < 0)} have no prompt");
        foreach (var s in last)
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

    private void Extend(int sequence, int tokens, List<long> rows)
    {
        if (_lengths[sequence] + tokens > Capacity)
            throw new InvalidOperationException(
                $"sequence {sequence} would have {_lengths[sequence] + tokens} tokens, but its states have space for {Capacity}"
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
