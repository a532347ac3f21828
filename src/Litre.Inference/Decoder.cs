using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>
/// Generates the tokens after the first one. On CUDA, the step is recorded after it has run a few times, and is replayed from then on:
/// a step is a thousand kernel launches, which cost the host more time than the device. Otherwise, and if recording is impossible,
/// disabled or not worthwhile, the same step runs operator by operator.
/// </summary>
/// <remarks>
/// A recorded step has a fixed set of sequences. A finished sequence stays in it and repeats its last token until at most half of the
/// sequences remain; then the rest is recorded again. Thus a step never does more than twice the necessary work, and recordings are
/// few.
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
    /// <param name="greedy">True for the most likely token, false for all logits.</param>
    /// <param name="tokens">The maximum number of tokens.</param>
    /// <param name="settings">When to record.</param>
    /// <param name="slots">
    /// The adapter slot of each sequence of the states (see <see cref="AdapterRun"/>); null uses slot 0 for all.
    /// </param>
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
        // Opened before it is needed, so that earlier steps run on the same stream as the recorded ones.
        if (
            tokens >= settings.WarmupSteps + settings.MinTokens
            && (settings.AnyDevice || (model.Device.Type == DeviceType.Cuda && StaysOnDevice()))
        )
            _stream = settings.OpenStream(model.Device);
    }

    /// <summary>One step.</summary>
    /// <param name="next">Sequences ascending, each with its last token and that token's position.</param>
    /// <param name="remaining">The maximum number of tokens still to generate, including this one.</param>
    /// <param name="read">Reads the result of the batch at the indices of its sequences.</param>
    public T Next<T>(IReadOnlyList<(int Sequence, int Token, int Position)> next, int remaining, Func<Tensor, int[], T> read)
    {
        using var scope = new TensorScope();
        var batch = BatchOf(next, remaining);
        var indices = next.Select(n => batch.IndexOf(n.Sequence)).ToArray();
        foreach (var (index, (_, token, position)) in indices.Zip(next))
            batch.Add(index, token, position);
        // A profile needs every operator; it changes streams like all other code, by waiting.
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
        // What the graph uses must exist until the graph is disposed.
        _graph?.Dispose();
        _graph = null;
        _batch?.Dispose();
        _steps = 0;
        return _batch = new DecodeBatch(_model, _states, [.. next.Select(n => n.Sequence)], _greedy, _slots);
    }

    private bool StaysOnDevice() => (_slots ?? [0]).Distinct().All(slot => _model.Text.StaysOnDevice(AdapterSelection.Of(slot)));

    // Sequences end and none start, so the same number means the same sequences.
    private bool Serves(int all, int left, int remaining)
    {
        if (left == all)
            return true;
        if (_graph is not null && remaining < _settings.WarmupSteps + _settings.MinTokens)
            return true; // not worth another
        return _stream is not null && remaining >= _settings.MinTokens && 2 * left > all;
    }
}
