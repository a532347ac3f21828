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
/// One run of a recipe: reads the data, loads the model, restores the checkpoint of a resumed run, and trains. The comparison of base
/// and tuned model afterwards uses its model and held-out samples.
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

    /// <summary>The recipe of the run, including the plan's choices.</summary>
    public TuneSettings Settings => _settings;

    public CheckpointStore Store => _inputs.Store;

    public SampleEncoder Encoder => _inputs.Encoder;

    /// <exception cref="ObjectDisposedException">The model was released (<see cref="ReleaseModel"/>).</exception>
    public CausalModel Model => _model ?? throw new ObjectDisposedException(nameof(Model), "the run's model has been released");

    /// <summary>The vision features of the images seen so far, if the vision tower is not trained.</summary>
    public FeatureCache Features { get; }

    /// <summary>Stores them on a disk; null if that is disabled, or there is nothing to store.</summary>
    public FeatureDisk? Disk { get; }

    public PreparedSteps Steps { get; }

    public HeldOutSamples Validation { get; }

    /// <summary>The rows of the validation split; <see cref="Validation"/> contains their tiles if each is answered separately.</summary>
    public IReadOnlyList<TokenizedSample> HeldOut { get; }

    /// <summary>Samples that are skipped because they are longer than a pass.</summary>
    public IReadOnlyList<TokenizedSample> TooLong { get; }

    /// <summary>The data, with unusable rows and the data's license.</summary>
    public TrainingData Data => _inputs.Data;

    /// <summary>Loads the model and marks what is trained.</summary>
    /// <param name="inputs">The inputs; they must come from the same recipe. The run disposes them, even if it cannot be opened.</param>
    /// <param name="settings">The recipe, including the plan's choices.</param>
    /// <param name="device">The device.</param>
    /// <param name="resume">Whether a run in the folder is continued.</param>
    /// <param name="log">Called with one line about each finding.</param>
    /// <param name="loading">Called with the progress of loading the model.</param>
    /// <param name="otherBase">Whether a new run may start from an adapter of another base.</param>
    /// <exception cref="InputException">An input cannot be used; nothing was changed.</exception>
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

    /// <summary>Loads a checkpoint's adapter in place of that of the last step. It cannot be trained afterwards.</summary>
    /// <param name="checkpoint">A checkpoint of this run.</param>
    /// <exception cref="InputException">The checkpoint cannot be read.</exception>
    public void LoadAdapter(string checkpoint)
    {
        Model.Adapters.Clear();
        // It is the run's own adapter, on a base that the run has accepted.
        AdapterFiles.Load(Model, checkpoint, new AdapterLoadOptions { AllowOtherBase = true });
    }

    /// <summary>Frees the model and the features in memory, to make space for other models. Files on disks are kept.</summary>
    public void ReleaseModel()
    {
        Features.Clear();
        _model?.Dispose();
        _model = null;
    }

    /// <summary>Trains to the end, or until <paramref name="stop"/> is requested.</summary>
    /// <param name="resume">Whether to resume from the newest intact checkpoint.</param>
    /// <param name="observer">Notified of everything that happens.</param>
    /// <param name="stop">Asks the run to end after a step.</param>
    /// <param name="machine">Returns the machine's readings.</param>
    /// <param name="governor">Gives orders after every step; null for a run without a governor.</param>
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
