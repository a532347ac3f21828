using System.CommandLine;
using System.Globalization;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Core.Files;
using Litre.Data.Tiles;
using Litre.Evaluation;
using Litre.Evaluation.Metrics;
using Litre.Machine.Governing;
using Litre.Machine.Sensors;
using Litre.Model;
using Litre.Model.Weights;
using Litre.Planning;
using Litre.Reporting;
using Litre.Torch;
using Litre.Training.Telemetry;
using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary><c>litre tune</c>: trains adapters, or all weights, on a data set.</summary>
internal sealed class TuneCommand : Command
{
    private const int SampleAnswers = 3;

    private readonly RecipeOptions _recipe;
    private readonly Option<bool> _better = new("--require-better")
    {
        Description = "Exit with code 1 unless the tuned model is proven better than the base.",
    };

    public TuneCommand()
        : base("tune", "Fine-tunes a checkpoint on a data set, and measures whether it is better than the base.")
    {
        _recipe = new RecipeOptions(this);
        Options.Add(_better);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var resume = _recipe.Resume(parsed);
        // Before the first step nothing can be lost, so a signal ends the program at once.
        using var stop = new StopSignal { ExitsImmediately = true };
        var settings = Complete(_recipe.Settings(parsed, out var dtypeGiven), dtypeGiven, out var device);
        var console = new TuneConsole { ResumeCommand = CommandText.Resume(settings.Output) };
        stop.Exiting = () => LogNotStarted(settings.Output, console.OnMessage);
        var outcome = new PlanActuals(device);
        Console.Out.WriteLine("== Planning");
        using var inputs = RunInputs.Open(settings, resume, console.OnMessage);
        var plan = CreatePlan(settings, device, PlanData.Of(inputs.Data, inputs.Encoder));
        LoadProgress? loaded = null;
        using var loading = new LoadConsole { ShowsCompletion = false };
        using var run = TuneRun.Open(
            inputs,
            plan.Settings,
            device,
            resume,
            console.OnMessage,
            progress =>
            {
                loading.Show(progress);
                loaded = progress;
            },
            _recipe.OtherBase(parsed)
        );
        // The recipe keeps the requested recomputation: another machine may need another choice, and the numbers are the same.
        var recipe = run.Settings with
        {
            Engine = run.Settings.Engine with { Recompute = settings.Engine.Recompute },
        };
        settings = run.Settings;
        var (recipeFile, planFile) = (Path.Combine(settings.Output, Recipe.FileName), Path.Combine(settings.Output, PlanJson.FileName));
        void WriteRecipe()
        {
            Recipe.Write(recipeFile, recipe);
            AtomicFile.WriteText(planFile, PlanJson.Text(plan) + "\n");
        }
        // If resuming fails, the run's own recipe stays unchanged.
        var accepted = resume && File.Exists(recipeFile) ? new StartObserver(WriteRecipe) : null;
        if (accepted is null)
            WriteRecipe();
        Console.Out.WriteLine("== Tuning");
        var tileAdvice = settings.Data.Tile is null ? "" : ", answer each tile separately (--tile-answers tile), choose another --tile";
        foreach (var sample in run.TooLong)
            Console.Error.WriteLine(
                $"left out: {sample.Sample.Origin} has {sample.Length} tokens, more than fit into one pass "
                    + $"({settings.Batches.PassTokens}); raise "
                    + $"--micro-batch-tokens{tileAdvice}{(sample.Visuals.Count > 0 ? " or lower --max-pixels" : "")}"
            );
        foreach (var row in run.Data.Unusable)
            OptionText.WriteError($"left out: {row}");
        foreach (var warning in run.Data.Warnings)
            OptionText.WriteError($"warning: {warning}");

        using var monitor = new MachineMonitor(device);
        var heap = new HeapTrimmer(device, plan.PeakBytes);
        using var observers = new CompositeObserver([
            new MetricsLog(settings.Output),
            new TextLog(settings.Output),
            new TensorBoardLog(settings.Output),
            console,
            outcome,
            heap,
            .. accepted is null ? [] : (ITuneObserver[])[accepted],
        ]);
        observers.OnMessage(loaded!.ToString());
        var governor =
            settings.Governor == GovernorUse.On
                ? GovernorChild.Start(settings.Output, settings.Governing, device, observers.OnMessage)
                : null;
        (stop.Message, stop.Log, stop.ExitsImmediately) = (
            "writing a checkpoint, then stopping; a second signal stops at once",
            console.OnMessage,
            false
        );
        EvaluationResult? result;
        TuneEnd end;
        try
        {
            end = run.Train(resume, observers, stop.Token, monitor.Read, governor, _recipe.OtherBase(parsed));
            AtomicFile.WriteText(planFile, PlanJson.Text(plan, outcome: outcome) + "\n");
            PlanReport.WriteOutcome(Terminal.Output, plan, outcome);
            if (end.Reason == TuneEndReason.Interrupted)
                return ExitCode.Cancelled;
            stop.Message = "stopping; a second signal stops at once";
            result =
                settings.Comparison.When == EvaluationTime.None || end.Reason == TuneEndReason.Diverged
                    ? null
                    : Compare(run, settings, end, heap, stop.Token);
            WriteReport(run, settings, end, result, RunWarnings.Of(plan), CompareShrunk(run, settings, result, stop.Token));
        }
        catch (OperationCanceledException) when (stop.IsRequested)
        {
            Console.Out.WriteLine("Stopped during the comparison; the training is complete and will not be repeated. Resume with:");
            Console.Out.WriteLine($"  {CommandText.Resume(settings.Output)}");
            return ExitCode.Cancelled;
        }
        catch (InputException)
        {
            Console.Out.WriteLine("The training up to the last checkpoint is kept. After fixing the cause reported below, resume with:");
            Console.Out.WriteLine($"  {CommandText.Resume(settings.Output)}");
            throw;
        }
        if (end.Failure is { } failure)
            throw new InputException(failure);
        if (end.IsWorseThanBase)
            Console.Out.WriteLine(
                "The result in best/ is worse than the base model: do not use it; start a new run with a lower "
                    + "--learning-rate, or with other data."
            );
        Console.Out.WriteLine("Next:");
        foreach (var command in NextCommands(settings, run.Data.HasImages, run.Data.Test.Count > 0))
            Console.Out.WriteLine($"  {CommandText.Launcher} {command}");
        return parsed.GetValue(_better) && result?.Verdict != Verdict.Better ? ExitCode.CheckFailed : ExitCode.Success;
    }

    private static EvaluationResult? Compare(TuneRun run, TuneSettings settings, TuneEnd end, HeapTrimmer heap, CancellationToken stop)
    {
        using var loading = new LoadConsole();
        var shown = EvalCommand.Progress();
        var result = TuneComparison.Run(
            run,
            settings,
            end,
            progress =>
            {
                heap.TrimIfNeeded();
                shown?.Invoke(progress);
            },
            stop,
            loading.Show
        );
        Terminal.Status.Clear();
        if (result is not null)
        {
            EvaluationFiles.Write(settings.Output, result);
            EvaluationTable.Write(Terminal.Output, result);
            if (result.Answers.Any(a => a.BaseAnswer is not null)) // rows of plain text have no question
            {
                Console.Out.WriteLine($"{SampleAnswers} of the answers, chosen at random:");
                AnswerSamples.Write(Terminal.Output, result, SampleAnswers, (ulong)settings.Seed);
            }
        }
        else
        {
            Console.Error.WriteLine(
                "no samples were held out, so base and tuned model are not compared; give a test side or a --validation-share"
            );
        }
        return result;
    }

    private static TileComparison? CompareShrunk(TuneRun run, TuneSettings settings, EvaluationResult? result, CancellationToken stop)
    {
        var tiles = TuneComparison.RunShrunk(run, settings, result, EvalCommand.Progress(), stop);
        Terminal.Status.Clear();
        if (tiles is null)
            return null;
        AtomicFile.WriteText(Path.Combine(settings.Output, EvaluationFiles.TilesName), EvaluationFiles.ToJson(tiles) + "\n");
        foreach (
            var (model, rows) in (ReadOnlySpan<(string, IReadOnlyList<MetricComparison>)>)[("base", tiles.Base), ("tuned", tiles.Tuned)]
        )
        {
            if (rows.FirstOrDefault(r => r.Metric == result!.DecisiveMetric.Metric) is not { } row)
                continue;
            Console.Out.WriteLine(
                $"{model}, {row.Metric.Label()} on {CountText.Of(row.Samples, "row")} with large pages: "
                    + $"{EvaluationText.Mean(row.Metric, row.Base.Mean)} downscaled, "
                    + $"{EvaluationText.Mean(row.Metric, row.Tuned!.Mean)} in tiles (p {EvaluationText.PValue(row.PValue!.Value)})"
            );
        }
        return tiles;
    }

    private static void WriteReport(
        TuneRun run,
        TuneSettings settings,
        TuneEnd end,
        EvaluationResult? result,
        RunWarnings warnings,
        TileComparison? tiles
    )
    {
        var language = DataLanguage.Of(
            settings.Comparison.ReportLanguage,
            run.Data.Test.Concat(run.Data.Validation).Concat(run.Data.Train).Select(s => s.Sample)
        );
        var page = Path.Combine(settings.Output, ReportPage.FileName);
        ReportPage.Write(
            page,
            RunReports.Create(
                settings,
                TuneComparison.HeldOut(run, settings.Comparison),
                result,
                run.Encoder,
                end,
                warnings,
                language,
                tiles
            )
        );
        Console.Out.WriteLine($"Report: {page}");
    }

    private static Plan CreatePlan(TuneSettings settings, Device device, PlanData data)
    {
        var model = PlanModel.Open(settings.Model);
        var machine = LocalMachine.Describe(device, settings.Engine.DType);
        // After free memory is read, since their context uses some; before the plan, which counts the kernels in use.
        if (settings.Engine.DType == DType.BFloat16)
            ModelKernels.CheckAll(device, settings.Engine.Kernels);
        var plan = Planner.CreatePlan(
            new PlanRequest(model.Name, model.Config, model.Shape, settings, data, machine)
            {
                FeatureSpaceBytes = FeatureDiskSpace.Bytes(model, settings),
            }
        );
        plan = plan with { Disk = DiskPlan.Of(model, plan, isLocal: true) };
        PlanReport.Write(Terminal.Output, plan);
        return plan.Fits ? plan : throw new InputException(PlanReport.Refusal(plan));
    }

    private static string[] NextCommands(TuneSettings settings, bool hasImages, bool hasTest)
    {
        var question = hasImages ? "--image IMAGE \"QUESTION\"" : "\"QUESTION\"";
        var (model, best) = (CommandText.Quote(settings.Model), CommandText.Quote(Path.Combine(settings.Output, "best")));
        var pixels = Reading(settings, "min-pixels", "max-pixels");
        if (settings.Trainable.Full)
            return [$"ask --model {best}{pixels} {question}"];
        var data = CommandText.Quote(settings.Data.Path);
        var reading = Reading(settings, "min-pixels", "max-pixels", "image-root", "boxes", "text-rows", "question");
        return
        [
            $"ask --model {model} --adapter {best}{pixels} {question}",
            $"chat --model {model} --adapter {best}{pixels}",
            $"eval --model {model} --adapter {best} --data {data}{reading} " + $"{(hasTest ? "--split test" : $"--seed {settings.Seed}")}",
            $"export --model {model} --adapter {best} --to merged --output MERGED",
        ];
    }

    // A signal before the first step: the folder is removed if this start created it.
    private static void LogNotStarted(string output, Action<string> log)
    {
        RunFolder.RemoveUnused(output);
        log("Stopped before the first step; nothing is lost. Start again with:");
        log($"  {CommandText.CurrentCommand}");
    }

    /// <exception cref="InputException">Options contradict each other.</exception>
    internal static void RefuseContradictions(TuneSettings settings)
    {
        if (settings.Trainable.Full && settings.Trainable.Targets.SequenceEqual(new TuneSettings().Trainable.Targets) is false)
            throw new InputException("--full and --target: --full trains all weights, so there are no adapters to place; omit one of them");
        if (!settings.Trainable.Full && settings.Trainable.Freeze.Count > 0)
            throw new InputException(
                $"--freeze {string.Join(",", settings.Trainable.Freeze)}: adapters train none of the model's own weights, so "
                    + "there is nothing to freeze; add --full, or choose with --target what gets adapters"
            );
        if (settings.Data.Tile is null && settings.Data.TileAnswers == TileAnswers.Tile)
            throw new InputException("--tile-answers tile: images are not cut into tiles; add --tile, such as --tile 1024");
    }

    // Fills in what follows from the machine and the clock if it was not given.
    private static TuneSettings Complete(TuneSettings settings, bool dtypeGiven, out Device device)
    {
        if (settings.Model.Length == 0)
            throw new InputException("--model: is missing; give the checkpoint folder to tune");
        if (!Path.Exists(settings.Model))
            throw new InputException(
                $"--model {settings.Model}: no such folder; give the folder of a model as downloaded "
                    + "(config.json, *.safetensors, tokenizer.json)"
            );
        if (settings.Data.Path.Length == 0)
            throw new InputException("--data: is missing; give the data file or folder to train on");
        RefuseContradictions(settings);
        device = EngineOptions.Choose(settings.Engine.Device.Length > 0 ? settings.Engine.Device : null);
        if (device.IsMeta)
            throw new InputException("--device meta: a meta device computes nothing; use cpu or cuda");
        if (!dtypeGiven)
            settings = settings with
            {
                Engine = settings.Engine with { DType = device.Type == DeviceType.Cuda ? DType.BFloat16 : DType.Float32 },
            };
        if (settings.Output.Length > 0)
            return settings;
        var name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.Data.Path)));
        return settings with
        {
            Output = Path.Combine("runs", $"{name}-{DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}"),
        };
    }

    // Later commands must read the data in the same way.
    private static string Reading(TuneSettings settings, params string[] names)
    {
        var defaults = new TuneSettings();
        return string.Concat(
            names
                .Select(name => RecipeFields.Find(name)!)
                .Where(f => f.Get(settings) != f.Get(defaults))
                .Select(f => $" --{f.Name} {CommandText.Quote(f.Get(settings))}")
        );
    }
}
