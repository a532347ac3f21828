using System.Globalization;
using Litre.Core;
using Litre.Core.Files;
using Litre.Data.Packing;
using Litre.Evaluation;
using Litre.Library;
using Litre.Library.Entries;
using Litre.Machine.Governing;
using Litre.Machine.Sensors;
using Litre.Model;
using Litre.Model.Hub;
using Litre.Model.Weights;
using Litre.Torch;
using Litre.Torch.Loading;
using Litre.Training.Telemetry;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>
/// A tuning run on this machine, from its recipe to its result: <see cref="Open"/> reads the data and plans, <see cref="Load"/> loads the
/// model, <see cref="Train"/> trains, <see cref="Compare"/> compares the tuned model with its base. All files of the run are written to
/// its folder. Not thread-safe.
/// </summary>
public sealed class TuneJob : IDisposable
{
    private readonly TuneJobOptions _options;
    private readonly ITuneObserver _observer;
    private readonly RunInputs _inputs;
    private readonly TuneSettings _recipe;
    private readonly HeapTrimmer _heap;
    private readonly bool _keepsRecipe;
    private readonly RunAudit _audit;
    private TuneRun? _run;
    private LoadProgress? _loaded;

    private TuneJob(
        TuneSettings recipe,
        Device device,
        PlanActuals actuals,
        RunInputs inputs,
        Plan plan,
        ITuneObserver observer,
        TuneJobOptions options
    )
    {
        (_recipe, Device, Actuals, _inputs, Plan, _observer, _options) = (recipe, device, actuals, inputs, plan, observer, options);
        _heap = new HeapTrimmer(device, plan.PeakBytes);
        _keepsRecipe = options.Resume && File.Exists(RecipeFile);
        _audit = RunAudit.Open(options.Audit, observer.OnMessage);
    }

    /// <summary>The resources that the run needs, and whether it fits (<see cref="Planning.Plan.Refusal"/>).</summary>
    public Plan Plan { get; }

    /// <summary>The recipe with the settings that the plan chose.</summary>
    public TuneSettings Settings => Plan.Settings;

    /// <summary>The device of the run.</summary>
    public Device Device { get; }

    /// <summary>The data set, with the rows that cannot be used.</summary>
    public TrainingData Data => _inputs.Data;

    /// <summary>The run with its model.</summary>
    /// <exception cref="InvalidOperationException">The model is not loaded yet (<see cref="Load"/>).</exception>
    public TuneRun Run => _run ?? throw new InvalidOperationException($"{nameof(Load)} comes before {nameof(Run)}");

    /// <summary>The resources that the training used, for comparison with the plan.</summary>
    public PlanActuals Actuals { get; }

    /// <summary>Whether the training has started; the files of a training that started are kept if it fails.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>How the training ended; null before that.</summary>
    public TuneEnd? End { get; private set; }

    /// <summary>The comparison of base and tuned model; null before <see cref="Compare"/>, and if nothing was compared.</summary>
    public EvaluationResult? Evaluation { get; private set; }

    /// <summary>Downscaled pages compared with tiled ones; null before <see cref="CompareShrunk"/>, and if nothing was compared.</summary>
    public TileComparison? Tiles { get; private set; }

    private string RecipeFile => Path.Combine(Settings.Output, Recipe.FileName);

    private string PlanFile => Path.Combine(Settings.Output, PlanJson.FileName);

    /// <summary>
    /// Returns the settings, completed with values that depend on the machine and the clock: the model's folder, the data type, and a
    /// new output folder under <c>runs/</c>. Complete settings are returned unchanged.
    /// </summary>
    /// <exception cref="InputException">A required setting is missing, or settings contradict each other.</exception>
    public static TuneSettings Complete(TuneSettings settings) => Complete(settings, out _);

    /// <summary>Locks the run's folder, reads the data and makes the plan. Nothing is loaded or written yet.</summary>
    /// <param name="settings">
    /// The recipe. Missing settings are completed (<see cref="Complete(TuneSettings)"/>). For a run that starts from an adapter, call
    /// <see cref="InitialAdapter.Apply"/> first; for a resumed run, read the recipe with <see cref="Recipe.OfRun"/>.
    /// </param>
    /// <param name="observer">Receives all events of the run; not disposed.</param>
    /// <param name="options">The options of the job; null for a new run.</param>
    /// <exception cref="InputException">
    /// A setting cannot be used; nothing was changed. A run that does not fit is refused by <see cref="Load"/>, not here.
    /// </exception>
    public static TuneJob Open(TuneSettings settings, ITuneObserver observer, TuneJobOptions? options = null)
    {
        settings = Complete(settings, out var device);
        options ??= new TuneJobOptions();
        // Created before the device is used, because it measures the device's memory.
        var actuals = new PlanActuals(device);
        var inputs = RunInputs.Open(settings, options.Resume, observer.OnMessage);
        try
        {
            var plan = CreatePlan(settings, device, PlanData.Of(inputs.Data, inputs.Encoder));
            return new TuneJob(settings, device, actuals, inputs, plan, observer, options);
        }
        catch
        {
            inputs.Dispose();
            throw;
        }
    }

    /// <summary>Loads the model, and writes the recipe and the plan into the run's folder.</summary>
    /// <param name="loading">Called with the progress of loading the model.</param>
    /// <exception cref="InputException">The run does not fit, or the model cannot be used.</exception>
    public void Load(Action<LoadProgress>? loading = null)
    {
        if (_run is not null)
            return;
        if (Plan.Refusal is { } refusal)
            throw new InputException(refusal);
        _run = TuneRun.Open(
            _inputs,
            Settings,
            Device,
            _options.Resume,
            _observer.OnMessage,
            progress =>
            {
                loading?.Invoke(progress);
                _loaded = progress;
            },
            _options.OtherBase
        );
        if (!_keepsRecipe)
            WriteRecipe();
    }

    /// <summary>
    /// Trains to the end, or until <paramref name="stop"/> is canceled: then a checkpoint is written, and the run can be resumed.
    /// </summary>
    /// <param name="stop">Ends the run after the current step.</param>
    /// <exception cref="InputException">The run does not fit, a checkpoint cannot be used, or a file cannot be written; the last
    /// checkpoint is kept.</exception>
    public TuneEnd Train(CancellationToken stop = default)
    {
        Load();
        // If resuming fails, the run's own recipe stays unchanged.
        var accepted = new StartObserver(() =>
        {
            if (_keepsRecipe)
                WriteRecipe();
            _audit.Start(Run, _options.Resume);
        });
        using var monitor = new MachineMonitor(Device);
        using var metrics = new MetricsLog(Settings.Output);
        using var text = new TextLog(Settings.Output);
        using var board = new TensorBoardLog(Settings.Output);
        // Not disposed, because that would dispose the caller's observer.
        var observers = new CompositeObserver([metrics, text, board, _observer, Actuals, _heap, accepted]);
        if (_loaded is not null)
            observers.OnMessage(_loaded.ToString());
        var governor = StartGovernor(observers.OnMessage);
        IsStarted = true;
        try
        {
            End = Run.Train(_options.Resume, observers, stop, monitor.Read, governor, _options.OtherBase);
        }
        catch
        {
            _audit.Fail(Run);
            throw;
        }
        _audit.End(Run, End);
        AtomicFile.WriteText(PlanFile, PlanJson.Text(Plan, outcome: Actuals) + "\n");
        return End;
    }

    /// <summary>
    /// Compares base and tuned model on the held-out samples, and writes <c>evaluation.json</c> and <c>answers.jsonl</c>. Returns null
    /// if the recipe requests no comparison, if the training was interrupted or diverged, or if no samples were held out.
    /// </summary>
    /// <param name="stop">Stops between tokens.</param>
    /// <param name="progress">Called after each batch.</param>
    /// <param name="loading">Called with the progress of loading a model, which is necessary if all weights were trained.</param>
    /// <exception cref="OperationCanceledException">Stopped; the training is complete, and a resumed run compares again.</exception>
    public EvaluationResult? Compare(
        CancellationToken stop = default,
        Action<EvaluationProgress>? progress = null,
        Action<LoadProgress>? loading = null
    )
    {
        if (!IsCompared)
            return null;
        Evaluation = TuneComparison.Run(Run, Settings, End!, Watch(progress), stop, loading);
        if (Evaluation is not null)
            EvaluationFiles.Write(Settings.Output, Evaluation);
        return Evaluation;
    }

    /// <summary>
    /// Compares downscaled pages with pages in tiles, after <see cref="Compare"/>, and writes <c>tiles.json</c>. Returns null if no page
    /// is cut into tiles, or if the recipe does not request it.
    /// </summary>
    /// <param name="stop">Stops between tokens.</param>
    /// <param name="progress">Called after each batch.</param>
    /// <exception cref="OperationCanceledException">The comparison was stopped.</exception>
    public TileComparison? CompareShrunk(CancellationToken stop = default, Action<EvaluationProgress>? progress = null)
    {
        Tiles = TuneComparison.RunShrunk(Run, Settings, Evaluation, progress, stop);
        if (Tiles is not null)
            AtomicFile.WriteText(Path.Combine(Settings.Output, EvaluationFiles.TilesName), EvaluationFiles.ToJson(Tiles) + "\n");
        return Tiles;
    }

    /// <summary>
    /// Registers the best adapter in the library, after <see cref="Compare"/>, with what was measured. Returns null if there is none:
    /// the training was interrupted or diverged, all weights were trained, or no step was validated.
    /// </summary>
    /// <param name="library">The library; a run that is registered again updates its entry.</param>
    /// <exception cref="InputException">The library cannot be written; the run is unchanged.</exception>
    public AdapterEntry? Register(AdapterLibrary library) =>
        End is { Reason: TuneEndReason.Finished or TuneEndReason.EarlyStop } ? library.AddRun(Settings.Output, _options.Resume) : null;

    /// <summary>Whether <see cref="Compare"/> compares anything: the recipe requests it and the training was completed.</summary>
    public bool IsCompared =>
        Settings.Comparison.When != EvaluationTime.None && End is { Reason: TuneEndReason.Finished or TuneEndReason.EarlyStop };

    /// <summary>Frees the model, unlocks the folder, and removes the folder if the run wrote nothing to it.</summary>
    public void Dispose()
    {
        _run?.Dispose();
        _inputs.Dispose();
        _audit.Dispose();
    }

    private static TuneSettings Complete(TuneSettings settings, out Device device)
    {
        if (settings.Model.Length == 0)
            throw new InputException("model", null, "is missing", "give the checkpoint folder to tune");
        settings = settings with { Model = ModelFolder.Resolve(settings.Model) };
        if (!Path.Exists(settings.Model))
            throw new InputException(
                "model",
                settings.Model,
                "no such folder",
                "give the folder of a model as downloaded (config.json, *.safetensors, tokenizer.json)"
            );
        if (settings.Data.Path.Length == 0)
            throw new InputException("data", null, "is missing", "give the data file or folder to train on");
        settings.RefuseContradictions();
        device = DeviceChoice.Choose(settings.Engine.Device);
        if (device.IsMeta)
            throw new InputException("device", settings.Engine.Device, "a meta device computes nothing", "use cpu or cuda");
        settings = settings with { Engine = settings.Engine.ForDevice(device.Type) };
        if (settings.Output.Length > 0)
            return settings;
        var name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.Data.Path)));
        return settings with
        {
            Output = Path.Combine("runs", $"{name}-{DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}"),
        };
    }

    private static Plan CreatePlan(TuneSettings settings, Device device, PlanData data)
    {
        var model = PlanModel.Open(settings.Model);
        var machine = LocalMachine.Describe(device, settings.Engine.DType);
        // After free memory is read, since their context uses some; before the plan, which counts the kernels in use.
        if (settings.Engine.DType == DType.BFloat16)
            ModelKernels.CheckAll(device, settings.Engine.Kernels);
        return Planner.CreatePlan(model, settings, data, machine);
    }

    // The recipe keeps the requested recomputation: another machine may need another choice, and the numbers are the same.
    private void WriteRecipe()
    {
        Recipe.Write(RecipeFile, Settings with { Engine = Settings.Engine with { Recompute = _recipe.Engine.Recompute } });
        AtomicFile.WriteText(PlanFile, PlanJson.Text(Plan) + "\n");
    }

    private GovernorLink? StartGovernor(Action<string> log)
    {
        if (Settings.Governor != GovernorUse.On)
            return null;
        if (_options.StartGovernor is { } start)
            return start(Settings, Device, log);
        log("governor: this program starts no governor, so the run is not governed");
        return null;
    }

    private Action<EvaluationProgress> Watch(Action<EvaluationProgress>? progress) =>
        state =>
        {
            _heap.TrimIfNeeded();
            progress?.Invoke(state);
        };

    // Runs an action when the training begins, which is after everything that could refuse it.
    private sealed class StartObserver(Action begin) : ITuneObserver
    {
        public void OnStart(TuneStart start) => begin();
    }
}
