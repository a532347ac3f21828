using Litre.Model.Configuration;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;

namespace Shared;

/// <summary>
/// The smallest recurrent token mixer: <c>h_t = a_t · h_(t-1) + v_t</c> with the gate <c>a = sigmoid(gate(x))</c>, <c>v = value(x)</c> and
/// <c>y = out(h)</c>, token by token. It shows that a model may have other layers than attention.
/// </summary>
/// <remarks>T tokens, S sequences, A rows asked for, H hidden, W state width.</remarks>
public sealed class LinearRecurrence : ITokenMixer
{
    private const int Width = 5; // W

    private readonly DType _dtype;
    private readonly Device _device;

    public LinearRecurrence(WeightSource source, TextConfig config, int layer)
    {
        (_dtype, _device) = (source.DType, source.Device);
        var module = Module(layer);
        Input = new Linear(source, [($"{module}.gate", Width), ($"{module}.value", Width)], config.HiddenSize, bias: false);
        Output = new Linear(source, $"{module}.out", config.HiddenSize, Width, bias: false);
    }

    /// <summary>What a checkpoint holds of it.</summary>
    public static IEnumerable<CheckpointTensor> Tensors(TextConfig config, int layer) =>
        [
            new(Module(layer) + ".gate.weight", [Width, config.HiddenSize]),
            new(Module(layer) + ".value.weight", [Width, config.HiddenSize]),
            new(Module(layer) + ".out.weight", [config.HiddenSize, Width]) { EndsResidual = true },
        ];

    private static string Module(int layer) => $"model.language_model.layers.{layer}.recurrence";

    public Linear Input { get; }

    public Linear Output { get; }

    public IEnumerable<Parameter> Parameters => [.. Input.Parameters, .. Output.Parameters];

    public IEnumerable<Linear> Linears => [Input, Output];

    public bool StaysOnDevice => true;

    public ILayerState CreateState(SequenceStates sequences) => new State(sequences, _dtype, _device);

    private sealed record Saved(
        Linear.Saved Input,
        Tensor Gates,
        Tensor Hidden,
        Linear.Saved Output,
        SequenceLayout Layout,
        TokenRows? Rows
    ) : IDisposable
    {
        public void Dispose()
        {
            Input.Dispose();
            Gates.Dispose();
            Hidden.Dispose();
            Output.Dispose();
        }
    }

    public (Tensor Y, IDisposable? Saved) Forward(
        Tensor x,
        SequenceLayout layout,
        Rotary rotary,
        Pass pass,
        ILayerState? state = null,
        TokenRows? rows = null
    )
    {
        using var scope = new TensorScope();
        var (inner, savedInput) = Input.Forward(x, pass); // (T, 2W)
        var negated = Ops.Exp(Ops.Mul(inner.Slice(1, 0, Width).Contiguous(), -1)); // (T, W)
        var gates = Ops.Div(Tensor.Full(negated.Sizes, 1, x.DType, x.Device), Ops.Add(negated, 1)); // (T, W)
        var values = inner.Slice(1, Width, Width).Contiguous(); // (T, W)
        var own = (State?)state;
        var hidden = own?.Sequences.Update is { IsStep: true } step ? own.Advance(step, gates, values) : Scan(layout, own, gates, values);
        var (y, savedOutput) = Output.Forward(rows is null ? hidden : rows.Gather(hidden), pass.Take(rows)); // (T, H), or (A, H)
        if (!pass.Save)
            return (scope.Return(y), null);
        return (scope.Return(y), new Saved(savedInput!, TensorScope.Keep(gates), TensorScope.Keep(hidden), savedOutput!, layout, rows));
    }

    public Tensor? Backward(Tensor dY, IDisposable saved, Rotary rotary, bool needInput = true)
    {
        using var scope = new TensorScope();
        var kept = (Saved)saved;
        var (layout, gates, hidden) = (kept.Layout, kept.Gates, kept.Hidden);
        var dHidden = Output.Backward(dY, kept.Output)!; // (T, W), or (A, W)
        if (!needInput && !Input.Trainable)
        {
            kept.Dispose();
            return null;
        }
        if (kept.Rows is not null)
            dHidden = kept.Rows.Scatter(dHidden, hidden.Size(0)); // (T, W)
        var dInner = Tensor.Zeros([hidden.Size(0), 2 * Width], dHidden.DType, dHidden.Device); // (T, 2W)
        // What a token passes back goes to the one before it, which may be the end of a beginning that several share: it stands earlier.
        for (var s = layout.Sequences - 1; s >= 0; s--)
        {
            for (var t = layout.Start(s) + layout.Length(s) - 1; t >= layout.Start(s); t--)
            {
                using var token = new TensorScope();
                var slope = dHidden.Slice(0, t, 1); // (1, W)
                dInner.Slice(0, t, 1).Slice(1, Width, Width).CopyFrom(slope);
                var before = t > layout.Start(s) ? t - 1 : End(layout, layout.Prefix(s));
                if (before < 0)
                    continue;
                var gate = gates.Slice(0, t, 1); // (1, W)
                var passed = Ops.Mul(gate, slope); // (1, W)
                var earlier = dHidden.Slice(0, before, 1);
                earlier.CopyFrom(Ops.Add(earlier, passed));
                // a' = a (1 - a)
                var one = Ops.Add(Ops.Mul(gate, -1), 1); // (1, W)
                dInner.Slice(0, t, 1).Slice(1, 0, Width).CopyFrom(Ops.Mul(Ops.Mul(passed, one), hidden.Slice(0, before, 1)));
            }
        }
        var dX = Input.Backward(dInner, kept.Input, needInput); // (T, H)
        kept.Dispose();
        return dX is null ? null : scope.Return(dX);
    }

    public void Dispose()
    {
        Input.Dispose();
        Output.Dispose();
    }

    // All hidden states (T, W); where there are states, sequences begin with theirs and leave them at their ends.
    private static Tensor Scan(SequenceLayout layout, State? state, Tensor gates, Tensor values)
    {
        var hidden = Tensor.Empty(values.Sizes, values.DType, values.Device); // (T, W)
        for (var s = 0; s < layout.Sequences; s++)
        {
            using var sequence = new TensorScope();
            var slot = state?.Slot(state.Sequences.Update.Sequences[s]); // (1, W)
            var before = layout.Prefix(s) >= 0 ? hidden.Slice(0, End(layout, layout.Prefix(s)), 1) : slot; // (1, W)
            for (var t = layout.Start(s); t < layout.Start(s) + layout.Length(s); t++)
            {
                var value = values.Slice(0, t, 1); // (1, W)
                var current = hidden.Slice(0, t, 1);
                current.CopyFrom(before is null ? value : Ops.Add(Ops.Mul(gates.Slice(0, t, 1), before), value));
                before = current;
            }
            slot?.CopyFrom(before!);
        }
        return hidden;
    }

    // The last token of a sequence; negative where there is none.
    private static int End(SequenceLayout layout, int sequence) => sequence < 0 ? -1 : layout.Start(sequence) + layout.Length(sequence) - 1;

    /// <summary>The hidden state behind the last token of each sequence.</summary>
    public sealed class State(SequenceStates sequences, DType dtype, Device device) : ILayerState
    {
        private readonly Tensor _hidden = TensorScope.Keep(Tensor.Zeros([sequences.AllSequences, Width], dtype, device)); // (S, W)

        public SequenceStates Sequences { get; } = sequences;

        public bool IsRecurrent => true;

        /// <summary>(1, W)</summary>
        public Tensor Slot(int sequence) => _hidden.Slice(0, sequence, 1);

        public int Restorable(int sequence, int length) => length == Sequences.Length(sequence) ? length : 0;

        public void Truncate(int sequence, int length)
        {
            using var scope = new TensorScope();
            if (length == 0)
                Slot(sequence).Fill(0);
        }

        public void Copy(int from, int to, int length)
        {
            using var scope = new TensorScope();
            Slot(to).CopyFrom(Slot(from));
        }

        public void Move(int rows, IReadOnlyList<int> starts) { }

        // One token of each sequence (S, W); what has ended stays as it is.
        public Tensor Advance(StateUpdate step, Tensor gates, Tensor values)
        {
            var before = Ops.Rows(_hidden, step.Slots!); // (S, W)
            var after = Ops.Add(Ops.Mul(gates, before), values); // (S, W)
            Ops.SetRowsInPlace(_hidden, step.Slots!, Ops.Where(step.Repeats!.View(-1, 1), before, after));
            return after;
        }

        public void Dispose() => _hidden.Dispose();
    }
}
