using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>
/// One further token of each of some sequences, again and again. All that differs from token to token lies in one tensor
/// (tokens, positions, cache rows, keys in use), and the answers in another, so that the step between them is the same work on
/// the same memory every time: a graph of it can be replayed. Not thread-safe.
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
    /// <param name="states">Hold the sequences' tokens so far. Borrowed.</param>
    /// <param name="sequences">Which of the states', ascending.</param>
    /// <param name="greedy">Whether the most likely token is wanted, or all logits.</param>
    /// <param name="slots">The adapter of each of the states' sequences; null takes slot 0 for all.</param>
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

    /// <summary>Where a sequence stands in the batch; negative where it is not in it.</summary>
    public int IndexOf(int sequence) => Array.BinarySearch(_sequences, sequence);

    /// <summary>
    /// Gives a sequence its next token. One that gets none does its last token once more, in the same row of a cache, which changes
    /// nothing; a recurrent state is told so (<see cref="StateUpdate.Repeats"/>).
    /// </summary>
    /// <param name="index">Of the sequence (<see cref="IndexOf"/>).</param>
    /// <param name="token">Its last token, which no forward has seen.</param>
    /// <param name="position">Of that token.</param>
    /// <exception cref="InvalidOperationException">The sequence would outgrow its room.</exception>
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

    /// <summary>Brings what was added to the device. What the device was asked for before must be done.</summary>
    public void Upload()
    {
        if (_fields.Device.IsMeta)
            return;
        var target = _host ?? _fields;
        _values.CopyTo(target.Data<long>());
        if (_host is not null)
            _fields.CopyFrom(_host, nonBlocking: true);
    }

    /// <summary>The step, from what was uploaded to <see cref="Result"/>. On the device alone where the model stays there.</summary>
    public void Compute()
    {
        using var scope = new TensorScope();
        // What has ended uses no more rows than in the step before.
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
        // Behind a prompt's images time, height and width advance together.
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
