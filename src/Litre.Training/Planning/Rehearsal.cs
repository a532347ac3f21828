using Litre.Inference;
using Litre.Model;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Training.Export;
using Litre.Training.Tuning;

namespace Litre.Training.Planning;

/// <summary>
/// The phases of a run, each by the program that will run it, on a meta device: every byte is counted where the real one
/// would take it. Training is open from the start until <see cref="EndTraining"/>. Not thread-safe.
/// </summary>
public sealed class Rehearsal : IDisposable
{
    private readonly TuneSettings _settings;
    private readonly CheckpointShape _shape;
    private readonly MemoryTrace _device;
    private readonly MemoryTrace? _host;
    private readonly VisionLanguageModel _model;
    private TrainingStep? _training;

    /// <summary>Loads the model and attaches what is trained; <see cref="Load"/> tells what that takes.</summary>
    /// <param name="config">The model's sizes.</param>
    /// <param name="shape">What its checkpoint holds.</param>
    /// <param name="settings">The recipe, its type included.</param>
    /// <param name="kernels">Whose kernels would run.</param>
    /// <param name="shared">Whether device and host share one memory.</param>
    /// <param name="origins">Also note which method makes each tensor; slower.</param>
    /// <exception cref="InputException">A target or a part to freeze is not in this model.</exception>
    public Rehearsal(ModelConfig config, CheckpointShape shape, TuneSettings settings, DeviceType kernels, bool shared, bool origins = false)
    {
        (_settings, _shape) = (settings, shape);
        var device = Device.Meta(kernels);
        _device = new MemoryTrace(shared ? [DeviceType.Meta, DeviceType.MetaHost] : [DeviceType.Meta], origins);
        _host = shared ? null : new MemoryTrace([DeviceType.MetaHost]);
        try
        {
            VisionLanguageModel? model = null;
            Load = Measure("load", true, () => model = new VisionLanguageModel(config, new CheckpointSource(shape, null, settings.DType, device)));
            _model = model!;
            Follow(true);
            TrainablePart.Prepare(_model, settings);
            _training = new TrainingStep(settings, _model);
            Follow(false);
        }
        catch
        {
            _model?.Dispose();
            _device.Dispose();
            _host?.Dispose();
            throw;
        }
    }

    /// <summary>Reading the checkpoint.</summary>
    public PhaseMemory Load { get; }

    /// <summary>Trainable parameters and all parameters, adapters included.</summary>
    public (long Trainable, long All) Parameters =>
        (_model.AllParameters.Where(p => p.Trainable).Sum(p => p.Value.Count), _model.AllParameters.Sum(p => p.Value.Count));

    /// <summary>A training step.</summary>
    /// <param name="batches">Its micro-batches, without pixels.</param>
    /// <param name="recompute">What the backward runs again.</param>
    /// <param name="otherPatches">Patches of pictures that wait on the host meanwhile, beyond those of the batches.</param>
    /// <param name="tally">Counts the work too, where it is given.</param>
    /// <param name="detail">Whether to list the tensors at the peak.</param>
    public PhaseMemory Step(
        IReadOnlyList<ModelSample[]> batches, Recompute recompute, long otherPatches = 0, OperatorTally? tally = null, bool detail = false)
    {
        var training = _training ?? throw new InvalidOperationException("training has ended");
        return Measure("tune", detail, () =>
        {
            using var pixels = new TensorScope();
            Pixels(otherPatches);
            training.Take(1, [.. batches.Select(b => b.Select(WithPixels).ToArray())], recompute, 1e-4);
        }, tally);
    }

    /// <summary>The loss of held-out samples in between.</summary>
    public PhaseMemory Validate(IReadOnlyList<ModelSample> samples, bool detail = false) => Measure("validate", detail, () =>
    {
        using var scope = new TensorScope();
        using var batch = PackedBatch.Pack([.. samples.Select(WithPixels)], _model.Config, _model.DType, _model.Device);
        if (batch.AnswerTokens > 0) _model.Loss(batch);
    });

    /// <summary>Writing a checkpoint of the run.</summary>
    public PhaseMemory Save(bool detail = false)
    {
        var training = _training ?? throw new InvalidOperationException("training has ended");
        return Measure("save", detail, () => RunFiles.Rehearse(_model, training.Gradients, training.Optimizer, _settings.Full, _shape));
    }

    /// <summary>Frees gradients and moments, as a run does before it compares base and tuned model.</summary>
    public void EndTraining()
    {
        _training?.Dispose();
        _training = null;
    }

    /// <summary>Losses of held-out samples one by one.</summary>
    public PhaseMemory TokenLosses(IReadOnlyList<ModelSample> samples, bool detail = false) => Measure("evaluate", detail, () =>
    {
        using var scope = new TensorScope();
        using var batch = PackedBatch.Pack([.. samples.Select(WithPixels)], _model.Config, _model.DType, _model.Device);
        if (batch.AnswerTokens > 0) _model.TokenLosses(batch);
    });

    /// <summary>Answers to several prompts at once.</summary>
    public PhaseMemory Answer(IReadOnlyList<ModelSample> prompts, bool detail = false) => Measure("evaluate", detail, () =>
    {
        using var scope = new TensorScope();
        new Generator(_model).Rehearse([.. prompts.Select(WithPixels)], _settings.MaxNewTokens);
    });

    /// <summary>Comparing a merged checkpoint with base and adapter; the merging itself holds one matrix at a time.</summary>
    public PhaseMemory Merge(bool detail = false)
    {
        var compare = Measure("merge", detail, () => Probe.Rehearse(_model));
        return compare.TensorBytes >= Load.TensorBytes ? compare : Load with { Name = compare.Name };
    }

    public void Dispose()
    {
        EndTraining();
        _model.Dispose();
        _device.Dispose();
        _host?.Dispose();
    }

    private PhaseMemory Measure(string name, bool detail, Action phase, OperatorTally? tally = null)
    {
        Follow(true);
        _device.Restart();
        _host?.Restart();
        var before = _device.LiveBytes;
        Ops.Tally = tally ?? new OperatorTally();
        try
        {
            phase();
            return new PhaseMemory(
                name, _device.PeakBytes, Math.Max(before, _device.LiveBytes), _host?.PeakBytes ?? 0, Ops.Tally.WorkspaceBytes, detail ? _device.AtPeak() : []);
        }
        finally
        {
            Ops.Tally = null;
            Follow(false);
        }
    }

    // Several rehearsals may stand side by side; each sees its own tensors.
    private void Follow(bool active)
    {
        _device.IsActive = active;
        if (_host is not null) _host.IsActive = active;
    }

    private ModelSample WithPixels(ModelSample sample) =>
        sample.Grids.Count == 0 ? sample : sample with { Pixels = Pixels(sample.Grids.Sum(g => (long)g.Patches)) };

    // As the loader leaves them: bytes on the host, owned by the scope that is open here.
    private Tensor Pixels(long patches)
    {
        using var label = MemoryLedger.Label(MemoryUse.Inputs);
        return Tensor.Empty([patches, _model.Config.Vision.PatchValues], DType.UInt8, _model.Device.Host);
    }
}
