using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>
/// Repeatedly computes the next token of each of several sequences. Everything that differs from token to token is in one tensor
/// (tokens, positions, cache rows, keys in use), and the results are in another, so that each step does the same work on the same
/// memory and can be replayed as a graph. Not thread-safe.
/// </summary>
/// <remarks>S sequences, D head width, V vocabulary.</remarks>
internal sealed class DecodeBatch : IDisposable
{
    private const int Tokens = 0,
        Positions = 1,
        CacheRows = 2,
        KeysInUse = 3,
        Fields = 4;

    private readonly CausalModel _model;
    private readonly SequenceStates _states;
    private readonly int[] _sequences;
    private readonly bool _greedy;
    private readonly long[] _values;
    private readonly Tensor? _host; // (4, S) int64, page-locked
    private readonly Tensor _fields; // (4, S) int64
    private readonly Tensor _frequencies; // (1, 1, D / 2) f32
    private readonly Tensor? _slots; // (S) int64, where some layer is recurrent
    private readonly SequenceLayout _queries;
    private readonly SequenceLayout _keys;
    private readonly Pass _pass; // with the adapters of these sequences

    /// <param name="model">Borrowed.</param>
    /// <param name="states">The states of the sequences' tokens so far. Borrowed.</param>
    /// <param name="sequences">The indices of the sequences in the states, ascending.</param>
    /// <param name="greedy">True for the most likely token, false for all logits.</param>
    /// <param name="slots">The adapter slot of each sequence of the states; null uses slot 0 for all.</param>
    public DecodeBatch(CausalModel model, SequenceStates states, IReadOnlyList<int> sequences, bool greedy, IReadOnlyList<int>? slots)
    {
        using var label = MemoryLedger.Label(MemoryUse.Inputs);
        using var scope = new TensorScope();
        (_model, _states, _sequences, _greedy) = (model, states, [.. sequences], greedy);
        var (device, count) = (model.Device, sequences.Count);
        _values = new long[Fields * count];
        _host = device.Type == DeviceType.Cuda ? TensorScope.Keep(Tensor.Pinned([Fields, count], DType.Int64)) : null;
        _fields = TensorScope.Keep(Tensor.Zeros([Fields, count], DType.Int64, device));
        var frequencies = model.Config.Positions.Angles.Frequencies;
        _frequencies = TensorScope.Keep(Tensor.From(frequencies, [1, 1, frequencies.Length], device));
        _slots = states.HasRecurrent ? TensorScope.Keep(Tensor.From([.. _sequences.Select(s => (long)s)], device)) : null;
        _queries = new SequenceLayout([.. _sequences.Select(_ => 1)], device);
        _keys = SequenceLayout.Growing(
            [.. _sequences.Select(states.Start)],
            [.. _sequences.Select(states.Length)],
            states.Capacity,
            device
        );
        _pass = Pass.Inference with
        {
            Adapters = slots is null
                ? AdapterSelection.First
                : AdapterSelection.Of([.. _sequences.Select(s => new AdapterRun(slots[s], 1))], device),
        };
        Result = TensorScope.Keep(
            greedy ? Tensor.Zeros([count], DType.Int64, device) : Tensor.Zeros([count, model.Config.Text.Vocab], DType.Float32, device)
        );
    }

    /// <summary>How many sequences.</summary>
    public int Count => _sequences.Length;

    /// <summary>The most likely token of each sequence (S) int64, or the logits (S, V) float32, of the last step.</summary>
    public Tensor Result { get; }

    /// <summary>The index of a sequence in the batch; negative if it is not part of it.</summary>
    public int IndexOf(int sequence) => Array.BinarySearch(_sequences, sequence);

    /// <summary>
    /// Sets the next token of a sequence. A sequence without a new token repeats its last one, in the same row of the cache, which
    /// changes nothing; recurrent states are notified of it (<see cref="StateUpdate.Repeats"/>).
    /// </summary>
    /// <param name="index">The index of the sequence (<see cref="IndexOf"/>).</param>
    /// <param name="token">Its last token, which no forward pass has processed.</param>
    /// <param name="position">The position of that token.</param>
    /// <exception cref="InvalidOperationException">The sequence would exceed its space.</exception>
    public void Add(int index, int token, int position)
    {
        var row = _states.Add(_sequences[index]);
        var length = _states.Length(_sequences[index]);
        _keys.Grow(index, length);
        Set(Tokens, token);
        Set(Positions, position);
        Set(CacheRows, row);
        Set(KeysInUse, length);

        void Set(int field, long value) => _values[field * _sequences.Length + index] = value;
    }

    /// <summary>Copies what was added to the device. Earlier work of the device must be finished.</summary>
    public void Upload()
    {
        if (_fields.Device.IsMeta)
            return;
        var target = _host ?? _fields;
        _values.CopyTo(target.Data<long>());
        if (_host is not null)
            _fields.CopyFrom(_host, nonBlocking: true);
    }

    /// <summary>Computes the step from what was uploaded to <see cref="Result"/>, without the host if the model permits.</summary>
    public void Compute()
    {
        using var scope = new TensorScope();
        // Finished sequences use no more rows than in the previous step.
        var repeats = _slots is null ? null : Ops.GreaterOrEqual(_keys.Used!.To(DType.Int64), Field(KeysInUse)); // (S) bool
        _keys.Used!.CopyFrom(Field(KeysInUse));
        _states.Continue(
            new StateUpdate(Field(CacheRows), _keys, _sequences)
            {
                IsStep = true,
                Slots = _slots,
                Repeats = repeats,
            }
        );
        // After a prompt's images, time, height and width advance together.
        var angles = Ops.Mul(Field(Positions).To(DType.Float32).View(-1, 1, 1), _frequencies); // (S, 1, D / 2)
        using var rotary = new Rotary(angles, _model.DType);
        var input = new TextInput(Field(Tokens), _queries, rotary, null);
        var (hidden, _) = _model.Text.Forward(input, null, _pass, new TextOptions(States: _states)); // (S, H)
        var logits = LogitsOf(_model, hidden); // (S, V)
        Result.CopyFrom(_greedy ? Ops.ArgMax(logits) : logits);
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
        _fields.Dispose();
        _frequencies.Dispose();
        _slots?.Dispose();
        _queries.Dispose();
        _keys.Dispose();
        _pass.Adapters.Dispose();
        Result.Dispose();
    }

    private Tensor Field(int field) => _fields.Slice(0, field, 1).View(-1); // (S) int64
}
