using Litre.Core;
using Litre.Export;
using Litre.Inference;
using Litre.Inference.Features;
using Litre.Kernels;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Objectives;
using Litre.Model.Vision;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>
/// The phases of a run, each by the program that will run it, on a meta device: every byte is counted where the real one
/// would take it. Training is open from the start until <see cref="ReleaseTrainingState"/>. Not thread-safe.
/// </summary>
public sealed class MetaDryRun : IDisposable
{
    private readonly TuneSettings _settings;
    private readonly CheckpointShape _shape;
    private readonly MemoryTrace _device;
    private readonly MemoryTrace? _host;
    private readonly CausalModel _model;
    private TrainingStep? _training;

    /// <summary>Loads the model and attaches what is trained; <see cref="Load"/> tells what that takes.</summary>
    /// <param name="config">The model's sizes.</param>
    /// <param name="shape">What its checkpoint holds.</param>
    /// <param name="settings">The recipe, its type included.</param>
    /// <param name="kernels">Whose kernels would run.</param>
    /// <param name="shared">Whether device and host share one memory.</param>
    /// <param name="origins">Also note which method makes each tensor; slower.</param>
    /// <exception cref="InputException">A target or a part to freeze is not in this model.</exception>
    public MetaDryRun(
        ModelConfig config,
        CheckpointShape shape,
        TuneSettings settings,
        DeviceType kernels,
        bool shared,
        bool origins = false
    )
    {
        (_settings, _shape) = (settings, shape);
        var device = Device.Meta(kernels);
        _device = new MemoryTrace(shared ? [DeviceType.Meta, DeviceType.MetaHost] : [DeviceType.Meta], origins);
        _host = shared ? null : new MemoryTrace([DeviceType.MetaHost]);
        try
        {
            CausalModel? model = null;
            Load = Measure(
                "load",
                true,
                () =>
                {
                    var source = new CheckpointSource(shape, null, settings.Engine.DType, device)
                    {
                        Kernels = new KernelPolicy(settings.Engine.Kernels),
                    };
                    model = new CausalModel(config, source);
                    source.Load(new LoadOptions());
                }
            );
            _model = model!;
            SetTracing(true);
            TrainablePart.Prepare(_model, settings.Trainable, settings.Seed, settings.Model);
            _training = new TrainingStep(settings, _model);
            SetTracing(false);
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
        (_model.AllParameters.Where(p => p.Trainable).Sum(p => p.Count), _model.AllParameters.Sum(p => p.Count));

    /// <summary>
    /// Patches of all images of the run, each counted once: what the tower made of them is kept as far as the recipe allows.
    /// </summary>
    public long DistinctPatches { get; init; }

    /// <summary>Bytes of what the tower makes of all images; 0 where that changes while it is trained.</summary>
    public long FeatureBytes => FeatureCache.Supports(_model) ? BytesOfFeatures(DistinctPatches) : 0;

    /// <summary>A training step whose images are seen for the first time.</summary>
    /// <param name="settings">Recomputation, and memory for features.</param>
    /// <param name="batches">Its micro-batches, without pixels.</param>
    /// <param name="otherPatches">Patches of images that wait on the host meanwhile, beyond those of the batches.</param>
    /// <param name="detail">Whether to list the tensors at the peak.</param>
    public PhaseMemory Step(TuneSettings settings, IReadOnlyList<ModelSample[]> batches, long otherPatches = 0, bool detail = false) =>
        Measure(
            "tune",
            detail,
            () =>
            {
                using var scope = new TensorScope();
                Pixels(otherPatches);
                using var features = PrefilledCache(settings, batches.SelectMany(b => b), otherPatches);
                Train(settings.Engine, WithPixels(batches), features);
            }
        );

    /// <summary>The work of a training step.</summary>
    /// <param name="settings">Recomputation.</param>
    /// <param name="batches">Its micro-batches, without pixels.</param>
    /// <param name="known">Whether the tower's outputs are at hand, so that the tower need not run.</param>
    /// <param name="tally">Counts it.</param>
    public void CountWork(TuneSettings settings, IReadOnlyList<ModelSample[]> batches, bool known, OperatorTally tally)
    {
        using var scope = new TensorScope();
        var seen = WithPixels(batches);
        using var features = new FeatureCache(_model, known ? long.MaxValue / 2 : 0);
        if (known)
        {
            foreach (var batch in seen)
                features.Pack(batch).Dispose();
        }
        Measure("tune", false, () => Train(settings.Engine, seen, features), tally);
    }

    /// <summary>The loss of held-out samples in between.</summary>
    /// <param name="settings">Memory for features.</param>
    /// <param name="samples">The held-out samples, without pixels.</param>
    /// <param name="otherPatches">Patches of the next step's images, which are ready meanwhile.</param>
    /// <param name="detail">Whether to list the tensors at the peak.</param>
    public PhaseMemory Validate(TuneSettings settings, IReadOnlyList<ModelSample> samples, long otherPatches = 0, bool detail = false) =>
        Inference("validate", settings, samples, settings.Batches.SharePrefixes, otherPatches, detail, batch => _model.Loss(batch));

    /// <summary>Writing a checkpoint of the run.</summary>
    public PhaseMemory Save(bool detail = false)
    {
        var training = _training ?? throw new InvalidOperationException("training has ended");
        return Measure(
            "save",
            detail,
            () => RunFiles.DryRun(_model, training.Gradients, training.Optimizer, _settings.Trainable.Full, _shape)
        );
    }

    /// <summary>Frees gradients and moments, as a run does before it compares base and tuned model.</summary>
    public void ReleaseTrainingState()
    {
        _training?.Dispose();
        _training = null;
    }

    /// <summary>Losses of held-out samples one by one.</summary>
    public PhaseMemory TokenLosses(TuneSettings settings, IReadOnlyList<ModelSample> samples, bool detail = false) =>
        Inference("evaluate", settings, samples, share: true, 0, detail, batch => _model.TokenLosses(batch));

    /// <summary>Answers to several prompts at once.</summary>
    public PhaseMemory GenerateAnswers(TuneSettings settings, IReadOnlyList<ModelSample> prompts, bool detail = false) =>
        Measure(
            "evaluate",
            detail,
            () =>
            {
                using var scope = new TensorScope();
                using var features = PrefilledCache(settings, prompts);
                new Generator(_model, features).DryRun(
                    WithPixels([
                        [.. prompts],
                    ])[0],
                    settings.Comparison.MaxNewTokens
                );
            }
        );

    /// <summary>Comparing a merged checkpoint with base and adapter; the merging itself holds one matrix at a time.</summary>
    public PhaseMemory Merge(bool detail = false)
    {
        var compare = Measure("merge", detail, () => ExportProbe.DryRun(_model));
        return compare.TensorBytes >= Load.TensorBytes ? compare : Load with { Name = compare.Name };
    }

    public void Dispose()
    {
        ReleaseTrainingState();
        _model.Dispose();
        _device.Dispose();
        _host?.Dispose();
    }

    private PhaseMemory Measure(string name, bool detail, Action phase, OperatorTally? tally = null)
    {
        SetTracing(true);
        _device.Restart();
        _host?.Restart();
        var before = _device.LiveBytes;
        Ops.Tally = tally ?? new OperatorTally();
        try
        {
            phase();
            return new PhaseMemory(
                name,
                _device.PeakBytes,
                Math.Max(before, _device.LiveBytes),
                _host?.PeakBytes ?? 0,
                Ops.Tally.WorkspaceBytes,
                detail ? _device.AtPeak() : []
            );
        }
        finally
        {
            Ops.Tally = null;
            SetTracing(false);
        }
    }

    // Several rehearsals may stand side by side; each sees its own tensors.
    private void SetTracing(bool active)
    {
        _device.IsActive = active;
        if (_host is not null)
            _host.IsActive = active;
    }

    private void Train(EngineSettings settings, IReadOnlyList<ModelSample[]> batches, FeatureCache features)
    {
        var training = _training ?? throw new InvalidOperationException("training has ended");
        training.Features = features;
        training.Run(1, batches, settings.Recompute.Recompute, 1e-4);
        training.Features = null;
    }

    private PhaseMemory Inference(
        string name,
        TuneSettings settings,
        IReadOnlyList<ModelSample> samples,
        bool share,
        long otherPatches,
        bool detail,
        Func<PackedBatch, Tensor> run
    ) =>
        Measure(
            name,
            detail,
            () =>
            {
                using var scope = new TensorScope();
                Pixels(otherPatches);
                using var features = PrefilledCache(settings, samples, otherPatches);
                using var batch = features.Pack(
                    WithPixels([
                        [.. samples],
                    ])[0],
                    share
                );
                if (batch.AnswerTokens > 0)
                    run(batch);
            }
        );

    // A cache in which all other images lie already, or as many as there is room for, with room left for those of the samples.
    private FeatureCache PrefilledCache(TuneSettings settings, IEnumerable<ModelSample> samples, long otherPatches = 0)
    {
        if (settings.Features.DiskBytes > 0 && FeatureBytes > 0)
            AddDiskBuffers(settings.Features, otherPatches + samples.SelectMany(s => s.Grids).Sum(g => (long)g.Patches));
        var budget = settings.Features.CacheBytes;
        var own = BytesOfFeatures(PlanData.CountDistinctPatches(samples));
        var others = Math.Max(0, Math.Min(budget, FeatureBytes) - own);
        using var label = MemoryLedger.Label(MemoryUse.Features);
        if (others > 0)
            Tensor.Empty([others], DType.UInt8, _model.Device.Host);
        return new FeatureCache(_model, budget - others);
    }

    private long BytesOfFeatures(long patches) =>
        _model.Config.Vision is { } vision ? VisionOutput.BytesOf(vision, _model.DType, patches) : 0;

    // Of a patch as the loader leaves it.
    private long PatchBytes => _model.Config.Vision?.PatchValues ?? 0;

    // What is read from the disk stands in place of pixels, and what is written waits for its turn where memory does not keep it.
    private void AddDiskBuffers(FeatureSettings settings, long patches)
    {
        var read = BytesOfFeatures(patches) - patches * PatchBytes;
        var written = Math.Min(FeatureDisk.MaxPendingBytes, FeatureBytes - settings.CacheBytes);
        var bytes = Math.Max(0, read) + Math.Max(0, written);
        using var label = MemoryLedger.Label(MemoryUse.Features);
        if (bytes > 0)
            Tensor.Empty([bytes], DType.UInt8, _model.Device.Host);
    }

    // Images that several samples show are loaded once.
    private ModelSample[][] WithPixels(IReadOnlyList<ModelSample[]> batches)
    {
        var loaded = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        return [.. batches.Select(batch => batch.Select(WithPixels).ToArray())];

        ModelSample WithPixels(ModelSample sample)
        {
            if (sample.Grids.Count == 0)
                return sample;
            var patches = sample.Grids.Sum(g => (long)g.Patches);
            if (sample.ImageKeys is null)
                return sample with { Pixels = Pixels(patches) };
            if (!loaded.TryGetValue(sample.ImageSetKey, out var pixels))
                loaded[sample.ImageSetKey] = pixels = Pixels(patches);
            return sample with { Pixels = pixels };
        }
    }

    // As the loader leaves them: bytes on the host, owned by the scope that is open here.
    private Tensor Pixels(long patches)
    {
        using var label = MemoryLedger.Label(MemoryUse.Inputs);
        return Tensor.Empty([patches, PatchBytes], DType.UInt8, _model.Device.Host);
    }
}
