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
/// Runs the phases of a run on a meta device, each with the same code as the run itself: every byte is counted where the run would
/// allocate it. The training state exists from the start until <see cref="ReleaseTrainingState"/>. Not thread-safe.
/// </summary>
public sealed class MetaDryRun : IDisposable
{
    private readonly TuneSettings _settings;
    private readonly CheckpointShape _shape;
    private readonly MemoryTrace _device;
    private readonly MemoryTrace? _host;
    private readonly CausalModel _model;
    private TrainingStep? _training;

    /// <summary>Loads the model and attaches what is trained; <see cref="Load"/> contains the memory of that.</summary>
    /// <param name="config">The model's sizes.</param>
    /// <param name="shape">The tensors of its checkpoint.</param>
    /// <param name="settings">The recipe, its type included.</param>
    /// <param name="kernels">The device type whose kernels would run.</param>
    /// <param name="shared">Whether device and host share one memory.</param>
    /// <param name="origins">Also records which method creates each tensor; slower.</param>
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

    /// <summary>The memory of loading the checkpoint.</summary>
    public PhaseMemory Load { get; }

    /// <summary>Trainable parameters and all parameters, adapters included.</summary>
    public (long Trainable, long All) Parameters =>
        (_model.AllParameters.Where(p => p.Trainable).Sum(p => p.Count), _model.AllParameters.Sum(p => p.Count));

    /// <summary>
    /// Patches of all images of the run, each counted once: their vision features are kept as far as the recipe allows.
    /// </summary>
    public long DistinctPatches { get; init; }

    /// <summary>Bytes of the vision features of all images; 0 if that changes while it is trained.</summary>
    public long FeatureBytes => FeatureCache.Supports(_model) ? BytesOfFeatures(DistinctPatches) : 0;

    /// <summary>The memory of a training step with new images.</summary>
    /// <param name="settings">Recomputation, and memory for features.</param>
    /// <param name="batches">Its micro-batches, without pixels.</param>
    /// <param name="otherPatches">
    /// Patches of images that are loaded on the host at the same time, in addition to those of the batches.
    /// </param>
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

    /// <summary>Counts the work of a training step.</summary>
    /// <param name="settings">Recomputation.</param>
    /// <param name="batches">Its micro-batches, without pixels.</param>
    /// <param name="known">Whether the vision features are cached, so that the vision tower need not run.</param>
    /// <param name="tally">The counter.</param>
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

    /// <summary>The memory of a validation during training.</summary>
    /// <param name="settings">Memory for features.</param>
    /// <param name="samples">The held-out samples, without pixels.</param>
    /// <param name="otherPatches">Patches of the next step's images, which are loaded at the same time.</param>
    /// <param name="detail">Whether to list the tensors at the peak.</param>
    public PhaseMemory Validate(TuneSettings settings, IReadOnlyList<ModelSample> samples, long otherPatches = 0, bool detail = false) =>
        Inference("validate", settings, samples, settings.Batches.SharePrefixes, otherPatches, detail, batch => _model.Loss(batch));

    /// <summary>The memory of writing a checkpoint of the run.</summary>
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

    /// <summary>The memory of computing losses of held-out samples one at a time.</summary>
    public PhaseMemory TokenLosses(TuneSettings settings, IReadOnlyList<ModelSample> samples, bool detail = false) =>
        Inference("evaluate", settings, samples, share: true, 0, detail, batch => _model.TokenLosses(batch));

    /// <summary>The memory of answering several prompts at once.</summary>
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

    /// <summary>
    /// The memory of comparing a merged checkpoint with base and adapter; merging itself needs only one matrix at a time.
    /// </summary>
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

    // Several dry runs may exist at the same time; each counts its own tensors.
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

    // A cache that already contains all other images, or as many as fit, with space left for those of the samples.
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

    // Bytes of a patch as it is loaded.
    private long PatchBytes => _model.Config.Vision?.PatchValues ?? 0;

    // Features read from the disk replace pixels; features waiting to be written count if the cache does not keep them.
    private void AddDiskBuffers(FeatureSettings settings, long patches)
    {
        var read = BytesOfFeatures(patches) - patches * PatchBytes;
        var written = Math.Min(FeatureDisk.MaxPendingBytes, FeatureBytes - settings.CacheBytes);
        var bytes = Math.Max(0, read) + Math.Max(0, written);
        using var label = MemoryLedger.Label(MemoryUse.Features);
        if (bytes > 0)
            Tensor.Empty([bytes], DType.UInt8, _model.Device.Host);
    }

    // Images that several samples share are loaded once.
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

    // As they are loaded: bytes on the host, owned by the scope that is open here.
    private Tensor Pixels(long patches)
    {
        using var label = MemoryLedger.Label(MemoryUse.Inputs);
        return Tensor.Empty([patches, PatchBytes], DType.UInt8, _model.Device.Host);
    }
}
