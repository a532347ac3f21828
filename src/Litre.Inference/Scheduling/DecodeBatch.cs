using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;

namespace Litre.Inference.Scheduling;

/// <summary>
/// Repeatedly computes the next token of each of several sequences, which may be others in each step. Everything that differs from step
/// to step is in one tensor (tokens, positions, rows of the cache, adapters), and the results are in others, so that each step does the
/// same work on the same memory and can be replayed as a graph. Rows that are not in use read and write the states' padding sequence.
/// Not thread-safe.
/// </summary>
/// <remarks>S rows, D head width, V vocabulary.</remarks>
internal sealed class DecodeBatch : IDisposable
{
    private const int Tokens = 0,
        Positions = 1,
        CacheRows = 2,
        KeysInUse = 3,
        Starts = 4,
        Sequences = 5,
        Repeats = 6,
        Adapters = 7,
        Fields = 8;

    private readonly CausalModel _model;
    private readonly SequenceStates _states;
    private readonly int[] _sequences;
    private readonly int[]? _slots; // the adapters that the pass is fixed to
    private readonly long[] _values;
    private readonly Tensor? _host; // (8, S) int64, page-locked
    private readonly Tensor _fields; // (8, S) int64
    private readonly Tensor _frequencies; // (1, 1, D / 2) f32
    private readonly Tensor? _ones; // (S) int64, where some layer is recurrent
    private readonly SequenceLayout _queries;
    private readonly SequenceLayout _keys;
    private readonly Tensor? _rowSlots; // (S) int64, a view of the fields
    private readonly Pass _pass;

    /// <param name="model">Borrowed.</param>
    /// <param name="states">The states of the sequences' tokens so far. Borrowed.</param>
    /// <param name="rows">How many rows a step has.</param>
    /// <param name="longest">The most tokens that a sequence can come to have.</param>
    /// <param name="logits">Whether all logits are needed, or only the most likely token.</param>
    /// <param name="slots">
    /// The adapter slot of each row, which is then the same in every step; null if each step selects them on the device.
    /// </param>
    public DecodeBatch(CausalModel model, SequenceStates states, int rows, int longest, bool logits, IReadOnlyList<int>? slots)
    {
        using var label = MemoryLedger.Label(MemoryUse.Inputs);
        using var scope = new TensorScope();
        (_model, _states, Longest) = (model, states, longest);
        _sequences = new int[rows];
        _slots = slots is null ? null : [.. slots];
        var device = model.Device;
        _values = new long[Fields * rows];
        _host = device.Type == DeviceType.Cuda ? TensorScope.Keep(Tensor.Pinned([Fields, rows], DType.Int64)) : null;
        _fields = TensorScope.Keep(Tensor.Zeros([Fields, rows], DType.Int64, device));
        var frequencies = model.Config.Positions.Angles.Frequencies;
        _frequencies = TensorScope.Keep(Tensor.From(frequencies, [1, 1, frequencies.Length], device));
        _ones = states.HasRecurrent ? TensorScope.Keep(Tensor.Full([rows], 1, DType.Int64, device)) : null;
        _queries = new SequenceLayout([.. _sequences.Select(_ => 1)], device);
        _keys = SequenceLayout.Growing(_sequences, [.. _sequences.Select(_ => 1)], longest, device);
        _rowSlots = slots is null ? TensorScope.Keep(Field(Adapters)) : null;
        _pass = Pass.Inference with
        {
            Adapters = _rowSlots is not null
                ? AdapterSelection.OnDevice(_rowSlots)
                : AdapterSelection.Of([.. slots!.Select(s => new AdapterRun(s, 1))], device),
        };
        Next = TensorScope.Keep(Tensor.Zeros([rows], DType.Int64, device));
        Logits = logits ? TensorScope.Keep(Tensor.Zeros([rows, model.Config.Text.Vocab], DType.Float32, device)) : null;
    }

    /// <summary>How many rows a step has.</summary>
    public int Rows => _sequences.Length;

    /// <summary>The most tokens that a sequence can come to have.</summary>
    public int Longest { get; }

    /// <summary>The most likely token of each row (S) int64, of the last step.</summary>
    public Tensor Next { get; }

    /// <summary>The logits (S, V) float32 of the last step, or null.</summary>
    public Tensor? Logits { get; }

    /// <summary>Whether the pass has the adapters of these rows, the first of its own; the others have none.</summary>
    public bool Fits(IReadOnlyList<DecodeRow> rows)
    {
        if (_slots is null)
            return true;
        for (var i = 0; i < _slots.Length; i++)
        {
            if (_slots[i] != (i < rows.Count ? rows[i].Adapter : AdapterSelection.NoAdapter))
                return false;
        }
        return true;
    }

    /// <summary>Sets what the next step reads, and copies it to the device. Earlier work of the device must be finished.</summary>
    /// <param name="rows">At most as many as a step has; a negative sequence stands for the padding.</param>
    /// <exception cref="InvalidOperationException">A sequence would exceed its space.</exception>
    public void Set(IReadOnlyList<DecodeRow> rows)
    {
        for (var i = 0; i < Rows; i++)
        {
            if (i < rows.Count && rows[i].Sequence >= 0)
                Set(i, rows[i], _states.Add(rows[i].Sequence), _states.Length(rows[i].Sequence), false);
            else if (_states.PaddingSequence is { } padding)
                Set(i, new DecodeRow(padding, 0, 0, AdapterSelection.NoAdapter), _states.Start(padding), 1, true);
            else
                throw new InvalidOperationException($"{rows.Count} rows for a step of {Rows}, and states without padding");
        }
        if (_fields.Device.IsMeta)
            return;
        _values.CopyTo((_host ?? _fields).Data<long>());
        if (_host is not null)
            _fields.CopyFrom(_host, nonBlocking: true);
    }

    /// <summary>Computes the step, without the host if the model permits.</summary>
    public void Compute()
    {
        using var scope = new TensorScope();
        _keys.Used!.CopyFrom(Field(KeysInUse));
        _keys.CuSeqlens.Slice(0, 0, Rows).CopyFrom(Field(Starts));
        _states.Continue(
            new StateUpdate(Field(CacheRows), _keys, _sequences)
            {
                IsStep = true,
                Slots = _ones is null ? null : Field(Sequences),
                Repeats = _ones is null ? null : Ops.GreaterOrEqual(Field(Repeats), _ones), // (S) bool
            }
        );
        // After a prompt's images, time, height and width advance together.
        var angles = Ops.Mul(Field(Positions).To(DType.Float32).View(-1, 1, 1), _frequencies); // (S, 1, D / 2)
        using var rotary = new Rotary(angles, _model.DType);
        var input = new TextInput(Field(Tokens), _queries, rotary, null);
        var (hidden, _) = _model.Text.Forward(input, null, _pass, new TextOptions(States: _states)); // (S, H)
        var logits = LogitsOf(_model, hidden); // (S, V)
        Next.CopyFrom(Ops.ArgMax(logits));
        Logits?.CopyFrom(logits);
    }

    /// <summary>The logits (S, V) of hidden states before the final norm (S, H).</summary>
    public static Tensor LogitsOf(CausalModel model, Tensor hidden)
    {
        using var part = OperatorProfile.Label(ModelPart.Head);
        var (normed, _) = model.Text.Norm.Forward(hidden, Pass.Inference);
        return Ops.Linear(normed, model.Text.Head.Value);
    }

    public void Dispose()
    {
        _host?.Dispose();
        _rowSlots?.Dispose();
        _fields.Dispose();
        _frequencies.Dispose();
        _ones?.Dispose();
        _queries.Dispose();
        _keys.Dispose();
        _pass.Adapters.Dispose();
        Next.Dispose();
        Logits?.Dispose();
    }

    private void Set(int i, DecodeRow row, long cacheRow, int length, bool repeats)
    {
        var start = _states.Start(row.Sequence);
        _sequences[i] = row.Sequence;
        _keys.Place(i, start, length);
        Put(Tokens, row.Token);
        Put(Positions, row.Position);
        Put(CacheRows, cacheRow);
        Put(KeysInUse, length);
        Put(Starts, start);
        Put(Sequences, row.Sequence);
        Put(Repeats, repeats ? 1 : 0);
        Put(Adapters, row.Adapter);

        void Put(int field, long value) => _values[field * Rows + i] = value;
    }

    private Tensor Field(int field) => _fields.Slice(0, field, 1).View(-1); // (S) int64
}
