using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>
/// Makes the tokens after the first. On CUDA the step is recorded once it has run a few times, and from then on replayed: a step is a
/// thousand starts of kernels, which take the host longer than the device. Elsewhere, and where recording is impossible, switched off
/// or not worth it, the same step runs operator by operator.
/// </summary>
/// <remarks>
/// A recorded step is for a fixed set of sequences. One that is finished stays in it and repeats its last token until no more
/// than half of them are left; then the rest is recorded anew. So a step never does more than twice the work it needs, and
/// recordings are few.
/// </remarks>
internal sealed class Decoder : IDisposable
{
    private readonly CausalModel _model;
    private readonly SequenceStates _states;
    private readonly bool _greedy;
    private readonly ReplaySettings _settings;
    private readonly IReadOnlyList<int>? _slots;
    private IStepStream? _stream;
    private IStepGraph? _graph;
    private DecodeBatch? _batch;
    private int _steps; // of the batch, on the stream, without a recording

    /// <param name="model">Borrowed.</param>
    /// <param name="states">Borrowed.</param>
    /// <param name="greedy">Whether the most likely token is wanted, or all logits.</param>
    /// <param name="tokens">The most that will be asked for.</param>
    /// <param name="settings">When to record.</param>
    /// <param name="slots">The adapter of each of the states' sequences, as <see cref="AdapterRun"/> names it; null takes slot 0 for
    /// all.</param>
    public Decoder(
        CausalModel model,
        SequenceStates states,
        bool greedy,
        int tokens,
        ReplaySettings settings,
        IReadOnlyList<int>? slots = null
    )
    {
        (_model, _states, _greedy, _settings, _slots) = (model, states, greedy, settings, slots);
        if (!settings.AnyDevice && !model.Kernels.Options.CapturesSteps)
            return;
        // Opened before it is needed, so that the steps before run where the recorded ones will.
        if (
            tokens >= settings.WarmupSteps + settings.MinTokens
            && (settings.AnyDevice || (model.Device.Type == DeviceType.Cuda && StaysOnDevice()))
        )
            _stream = settings.OpenStream(model.Device);
    }

    /// <summary>One step.</summary>
    /// <param name="next">Sequences ascending, each with its last token and that token's position.</param>
    /// <param name="remaining">The most tokens that are still wanted, this one among them.</param>
    /// <param name="read">Reads the result: that of the batch, at the indices of the sequences in it.</param>
    public T Next<T>(IReadOnlyList<(int Sequence, int Token, int Position)> next, int remaining, Func<Tensor, int[], T> read)
    {
        using var scope = new TensorScope();
        var batch = BatchOf(next, remaining);
        var indices = next.Select(n => batch.IndexOf(n.Sequence)).ToArray();
        foreach (var (index, (_, token, position)) in indices.Zip(next))
            batch.Add(index, token, position);
        // A profile wants to see every operator; it changes streams like everybody, which is to wait.
        if (_stream is not { } stream || OperatorProfile.IsActive)
            return Plainly();
        using (stream.Enter())
        {
            if (_graph is null && _steps >= _settings.WarmupSteps && remaining >= _settings.MinTokens)
                _graph = stream.Record(batch.Compute);
            if (_graph is not null)
            {
                batch.Upload();
                _graph.Launch();
                return read(batch.Result, indices);
            }
            if (_steps < _settings.WarmupSteps || remaining < _settings.MinTokens)
            {
                _steps++;
                return Plainly();
            }
        }
        // It could not be recorded, and will not be.
        stream.Dispose();
        _stream = null;
        return Plainly();

        T Plainly()
        {
            batch.Upload();
            batch.Compute();
            return read(batch.Result, indices);
        }
    }

    public void Dispose()
    {
        _graph?.Dispose();
        _batch?.Dispose();
        _stream?.Dispose();
    }

    private DecodeBatch BatchOf(IReadOnlyList<(int Sequence, int Token, int Position)> next, int remaining)
    {
        if (_batch is not null && Serves(_batch.Count, next.Count, remaining))
            return _batch;
        // What the graph uses must stay until it is gone.
        _graph?.Dispose();
        _graph = null;
        _batch?.Dispose();
        _steps = 0;
        return _batch = new DecodeBatch(_model, _states, [.. next.Select(n => n.Sequence)], _greedy, _slots);
    }

    private bool StaysOnDevice() => (_slots ?? [0]).Distinct().All(slot => _model.Text.StaysOnDevice(AdapterSelection.Of(slot)));

    // Sequences end and none begin, so that as many are the same ones.
    private bool Serves(int all, int left, int remaining)
    {
        if (left == all)
            return true;
        if (_graph is not null && remaining < _settings.WarmupSteps + _settings.MinTokens)
            return true; // not worth another
        return _stream is not null && remaining >= _settings.MinTokens && 2 * left > all;
    }
}
