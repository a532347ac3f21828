using Litre.Core;
using Litre.Data.Packing;
using Litre.Data.Splits;
using Litre.Inference;
using Litre.Inference.Features;
using Litre.Machine.Governing;
using Litre.Machine.Sensors;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Lora;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Training.Checkpoints;

namespace Litre.Training.Tuning;

/// <summary>
/// One run from its recipe: data read, model loaded, checkpoint taken up where the run is resumed, trained. What comes
/// before and after the training (comparing base and tuned) uses its model and held-out samples.
/// </summary>
public sealed class TuneRun : IDisposable
{
    private readonly TuneSettings _settings;
    private readonly RunLock _lock;
    private readonly TrainingData _data;

    private TuneRun(
        TuneSettings settings,
        RunLock held,
        CheckpointStore store,
        SampleEncoder encoder,
        TrainingData data,
        VisionLanguageModel model,
        Action<string> say
    )
    {
        (_settings, _lock, _data) = (settings, held, data);
        (Store, Encoder, Model) = (store, encoder, model);
        if (
            data.HasPictures
            && FeatureCache.CanServe(model)
            && FeatureDiskSettings.Of(settings.Features.Folder, settings.Features.DiskBytes) is { } place
        )
            Disk = new FeatureDisk(place.Leaving(settings.Output, RunFiles.AllBytes(model, settings)), model, say);
        Features = new FeatureCache(model, settings.Features.CacheBytes) { Disk = Disk };
        var longest = settings.Batches.LongestSample;
        TooLong = [.. data.Train.Concat(data.Validation).Where(s => s.Length > longest)];
        HeldOut = [.. data.Validation.Where(s => s.Length <= longest && s.AnswerTokens > 0)];
        Samples = new RunSamples(
            [.. data.Train.Where(s => s.Length <= longest && s.AnswerTokens > 0).SelectMany(s => s.Trained)],
            [.. HeldOut.SelectMany(s => s.Trained)],
            encoder,
            Features
        );
    }

    /// <summary>The recipe as it is run, with what the plan chose.</summary>
    public TuneSettings Settings => _settings;

    public CheckpointStore Store { get; }

    public SampleEncoder Encoder { get; }

    public VisionLanguageModel Model { get; }

    /// <summary>What the vision tower made of the pictures so far, where it is not trained.</summary>
    public FeatureCache Features { get; }

    /// <summary>Keeps them on a disk; null where that is switched off, or there is nothing to keep.</summary>
    public FeatureDisk? Disk { get; }

    public RunSamples Samples { get; }

    /// <summary>The rows of the validation side; <see cref="Samples"/> holds their tiles where each is answered by itself.</summary>
    public IReadOnlyList<TokenizedSample> HeldOut { get; }

    /// <summary>The recipe's limits of a picture, null for the checkpoint's own.</summary>
    public long? MinimumPixels => Limit(_settings.Data.MinPixels);

    public long? MaximumPixels => Limit(_settings.Data.MaxPixels);

    /// <summary>Samples left out because they are longer than a pass may be.</summary>
    public IReadOnlyList<TokenizedSample> TooLong { get; }

    /// <summary>Rows that could not be used, and what the data's licence says.</summary>
    public TrainingData Data => _data;

    /// <summary>Opens everything a run needs. The run folder is locked until it is disposed.</summary>
    /// <param name="settings">The recipe.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="resume">Whether a run in the folder is gone on with.</param>
    /// <param name="say">Told one line at a time what is done and what was found.</param>
    /// <param name="plan">Given the data, settles what the recipe leaves open, or refuses, before the model is loaded.</param>
    /// <param name="loading">Told how far the model is loaded.</param>
    /// <param name="otherBase">Whether the adapter that a new run begins from may be another base's.</param>
    /// <exception cref="InputException">Something the user gave cannot be used; nothing was changed.</exception>
    public static TuneRun Open(
        TuneSettings settings,
        Device device,
        bool resume,
        Action<string> say,
        Func<TrainingData, SampleEncoder, TuneSettings>? plan = null,
        Action<LoadProgress>? loading = null,
        bool otherBase = false
    )
    {
        RunFolder.Check(settings);
        if (settings.Checkpoints.Mirror.Length > 0)
            Directory.CreateDirectory(settings.Checkpoints.Mirror);
        var encoder = SampleEncoder.Load(
            settings.Model,
            Limit(settings.Data.MinPixels),
            Limit(settings.Data.MaxPixels),
            tiling: settings.Data.Tiling
        );
        FolderAgreement.Check(settings.Model, ModelConfig.Load(settings.Model), encoder);
        var held = RunLock.Acquire(settings.Output);
        TrainingData? data = null;
        VisionLanguageModel? model = null;
        try
        {
            var store = new CheckpointStore(
                settings.Output,
                settings.Checkpoints.Keep,
                settings.Checkpoints.Mirror.Length > 0 ? settings.Checkpoints.Mirror : null,
                say
            );
            store.CleanUp();
            if (!resume && store.Latest(_ => { }) is { } found)
                throw new InputException(
                    "output",
                    settings.Output,
                    $"holds a run that got to step {found.Step}",
                    "add `resume` to go on with it, or choose another `output`"
                );
            data = TrainingData.Load(
                settings.Data.Path,
                encoder,
                new SplitOptions(settings.Validation.Share, 0, (ulong)settings.Seed),
                settings.Data.Options
            );
            foreach (var notice in data.Notices)
                say(notice);
            if (plan is not null)
                settings = plan(data, encoder);
            model = ModelFiles.Load(
                settings.Model,
                settings.Engine.DType,
                device,
                options: new LoadOptions { Progress = loading, Kernels = settings.Engine.Kernels }
            );
            TrainablePart.Prepare(model, settings.Trainable, settings.Seed, settings.Model);
            if (settings.Trainable.Adapter.Length > 0 && (!resume || store.Latest(_ => { }) is null))
                StartAdapter.Fill(model, settings.Trainable.Adapter, new AdapterUse { OtherBase = otherBase, Say = say });
            return new TuneRun(settings, held, store, encoder, data, model, say);
        }
        catch
        {
            data?.Dispose();
            model?.Dispose();
            held.Dispose();
            RunFolder.RemoveUnused(settings.Output);
            throw;
        }
    }

    /// <summary>Trains to the end, or until <paramref name="stop"/> asks.</summary>
    /// <param name="resume">Go on after the newest sound checkpoint.</param>
    /// <param name="observer">Told all that happens.</param>
    /// <param name="stop">Asks the run to end after a step.</param>
    /// <param name="machine">What the machine reports.</param>
    /// <param name="governor">Asked after every step; null for a run that nobody governs.</param>
    /// <param name="otherBase">Whether a checkpoint that was trained on another base is accepted.</param>
    /// <exception cref="InputException">The checkpoint belongs to another run or another base.</exception>
    public TuneEnd Train(
        bool resume,
        ITuneObserver observer,
        CancellationToken stop,
        Func<MachineReading?>? machine = null,
        GovernorLink? governor = null,
        bool otherBase = false
    )
    {
        using var trainer = new Trainer(_settings, Model, Samples, Features, Store, observer, stop)
        {
            Machine = machine,
            Governor = governor,
        };
        if (resume)
        {
            if (Store.Latest(observer.OnMessage) is { } checkpoint)
            {
                BaseAgreement.Check(Model, checkpoint.Folder, new AdapterUse { OtherBase = otherBase, Say = observer.OnMessage });
                trainer.Resume(checkpoint);
                observer.OnMessage($"goes on after step {checkpoint.Step} from {checkpoint.Folder}");
            }
            else
            {
                observer.OnMessage($"{Store.RunFolder} holds no checkpoint yet; the run starts from its first step");
            }
        }
        return trainer.Run();
    }

    public void Dispose()
    {
        Samples.Dispose();
        Disk?.Dispose();
        Features.Dispose();
        Model.Dispose();
        _data.Dispose();
        _lock.Dispose();
    }

    private static long? Limit(long pixels) => pixels > 0 ? pixels : null;
}
