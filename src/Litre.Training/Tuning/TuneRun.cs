using Litre.Core;
using Litre.Data.Packing;
using Litre.Inference.Features;
using Litre.Machine.Governing;
using Litre.Machine.Sensors;
using Litre.Model;
using Litre.Model.Lora;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Training.Checkpoints;
using Litre.Training.Steps;

namespace Litre.Training.Tuning;

/// <summary>
/// One run from its recipe: data read, model loaded, checkpoint taken up where the run is resumed, trained. What comes
/// before and after the training (comparing base and tuned) uses its model and held-out samples.
/// </summary>
public sealed class TuneRun : IDisposable
{
    private readonly TuneSettings _settings;
    private readonly RunInputs _inputs;
    private CausalModel? _model;

    private TuneRun(TuneSettings settings, RunInputs inputs, CausalModel model, Action<string> log)
    {
        (_settings, _inputs, _model) = (settings, inputs, model);
        var data = inputs.Data;
        var longest = settings.Batches.LongestSample;
        TokenizedSample[] train = [.. data.Train.Where(s => s.Length <= longest && s.AnswerTokens > 0).SelectMany(s => s.TrainingSamples)];
        if (train.Length == 0)
            throw new InputException("data", settings.Data.Path, "no sample is left for training", "lower `validation-share`");
        HeldOut = [.. data.Validation.Where(s => s.Length <= longest && s.AnswerTokens > 0)];
        TooLong = [.. data.Train.Concat(data.Validation).Where(s => s.Length > longest)];
        if (
            data.HasImages
            && FeatureCache.Supports(model)
            && FeatureDiskSettings.Of(settings.Features.Folder, settings.Features.DiskBytes) is { } place
        )
            Disk = new FeatureDisk(place.Reserving(settings.Output, RunFiles.AllBytes(model, settings)), model, log);
        Features = new FeatureCache(model, settings.Features.CacheBytes) { Disk = Disk };
        var reader = new SampleReader(Encoder, Features);
        TokenizedSample[] validation = [.. HeldOut.SelectMany(s => s.TrainingSamples)];
        Steps = new PreparedSteps(train, validation, model.Config, settings.Batches, settings.Seed, reader);
        Validation = new HeldOutSamples(validation, reader);
    }

    /// <summary>The recipe as it is run, with what the plan chose.</summary>
    public TuneSettings Settings => _settings;

    public CheckpointStore Store => _inputs.Store;

    public SampleEncoder Encoder => _inputs.Encoder;

    /// <exception cref="ObjectDisposedException">It was released (<see cref="ReleaseModel"/>).</exception>
    public CausalModel Model => _model ?? throw new ObjectDisposedException(nameof(Model), "the run's model has been released");

    /// <summary>What the vision tower made of the images so far, where it is not trained.</summary>
    public FeatureCache Features { get; }

    /// <summary>Keeps them on a disk; null where that is switched off, or there is nothing to keep.</summary>
    public FeatureDisk? Disk { get; }

    public PreparedSteps Steps { get; }

    public HeldOutSamples Validation { get; }

    /// <summary>The rows of the validation side; <see cref="Validation"/> holds their tiles where each is answered by itself.</summary>
    public IReadOnlyList<TokenizedSample> HeldOut { get; }

    /// <summary>Samples left out because they are longer than a pass may be.</summary>
    public IReadOnlyList<TokenizedSample> TooLong { get; }

    /// <summary>Rows that could not be used, and what the data's licence says.</summary>
    public TrainingData Data => _inputs.Data;

    /// <summary>Loads the model and marks what is trained.</summary>
    /// <param name="inputs">Of the same recipe. The run disposes them, also where it cannot be opened.</param>
    /// <param name="settings">The recipe, with what a plan settled of it.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="resume">Whether a run in the folder is continued.</param>
    /// <param name="log">Told one line at a time what is done and what was found.</param>
    /// <param name="loading">Told how far the model is loaded.</param>
    /// <param name="otherBase">Whether the adapter that a new run begins from may be another base's.</param>
    /// <exception cref="InputException">Something the user gave cannot be used; nothing was changed.</exception>
    public static TuneRun Open(
        RunInputs inputs,
        TuneSettings settings,
        Device device,
        bool resume,
        Action<string> log,
        Action<LoadProgress>? loading = null,
        bool otherBase = false
    )
    {
        CausalModel? model = null;
        try
        {
            var options = new LoadOptions { Progress = loading, Kernels = settings.Engine.Kernels };
            model = ModelFiles.Load(settings.Model, settings.Engine.DType, device, options: options);
            TrainablePart.Prepare(model, settings.Trainable, settings.Seed, settings.Model);
            if (settings.Trainable.Adapter.Length > 0 && (!resume || inputs.Store.Latest(_ => { }) is null))
                InitialAdapter.LoadWeights(
                    model,
                    settings.Trainable.Adapter,
                    new AdapterLoadOptions { AllowOtherBase = otherBase, Log = log }
                );
            return new TuneRun(settings, inputs, model, log);
        }
        catch
        {
            model?.Dispose();
            inputs.Dispose();
            throw;
        }
    }

    /// <summary>Takes a checkpoint's adapter in place of that of the last step. It cannot be trained on afterwards.</summary>
    /// <param name="checkpoint">One of this run's.</param>
    /// <exception cref="InputException">The checkpoint cannot be read.</exception>
    public void LoadAdapter(string checkpoint)
    {
        Model.Adapters.Clear();
        // The run's own, on the base that the run accepted.
        AdapterFiles.Load(Model, checkpoint, new AdapterLoadOptions { AllowOtherBase = true });
    }

    /// <summary>Frees the model and the features in memory, to make room for others. What is on disks stays.</summary>
    public void ReleaseModel()
    {
        Features.Clear();
        _model?.Dispose();
        _model = null;
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
        using var trainer = new Trainer(_settings, Model, Steps, Validation, Features, Store, observer, stop)
        {
            Machine = machine,
            Governor = governor,
        };
        if (resume)
        {
            if (Store.Latest(observer.OnMessage) is { } checkpoint)
            {
                BaseModelMatch.Check(
                    Model,
                    checkpoint.Folder,
                    new AdapterLoadOptions { AllowOtherBase = otherBase, Log = observer.OnMessage }
                );
                trainer.Resume(checkpoint);
                observer.OnMessage($"continues after step {checkpoint.Step} from {checkpoint.Folder}");
            }
            else
            {
                observer.OnMessage($"{Store.RunFolder} contains no checkpoint yet; the run starts from its first step");
            }
        }
        return trainer.Run();
    }

    public void Dispose()
    {
        Steps.Dispose();
        Disk?.Dispose();
        Features.Dispose();
        _model?.Dispose();
        _inputs.Dispose();
    }
}
