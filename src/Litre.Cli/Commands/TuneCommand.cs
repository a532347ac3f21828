using System.CommandLine;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Evaluation;
using Litre.Evaluation.Metrics;
using Litre.Library;
using Litre.Planning;
using Litre.Reporting;
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
    private readonly Option<string> _audit = new("--audit")
    {
        Description = "Record the run in the audit log of this machine: on, required (refuse to run if the log cannot be written) or off.",
        DefaultValueFactory = _ => "on",
    };

    public TuneCommand()
        : base("tune", "Fine-tunes a checkpoint on a data set, and measures whether it is better than the base.")
    {
        _recipe = new RecipeOptions(this);
        Options.Add(_better);
        _audit.TakesOneOf("on", "required", "off");
        Options.Add(_audit);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var resume = _recipe.Resume(parsed);
        // Before the first step nothing can be lost, so a signal ends the program at once.
        using var stop = new StopSignal { ExitsImmediately = true };
        var settings = TuneJob.Complete(_recipe.Settings(parsed));
        using var console = new TuneConsole { ResumeCommand = CommandText.Resume(settings.Output) };
        stop.Exiting = () => LogNotStarted(settings.Output, console.OnMessage);
        Console.Out.WriteLine("== Planning");
        var options = new TuneJobOptions
        {
            Resume = resume,
            OtherBase = _recipe.OtherBase(parsed),
            Audit = Enum.Parse<AuditUse>(parsed.GetValue(_audit)!, ignoreCase: true),
            StartGovernor = static (run, device, log) => GovernorChild.Start(run.Output, run.Governing, device, log),
        };
        using var job = TuneJob.Open(settings, console, options);
        PlanReport.Write(Terminal.Output, job.Plan);
        using (var loading = new LoadConsole { ShowsCompletion = false })
            job.Load(loading.Show);
        Console.Out.WriteLine("== Tuning");
        WriteLeftOut(job);
        (stop.Message, stop.Log, stop.ExitsImmediately) = (
            "writing a checkpoint, then stopping; a second signal stops at once",
            console.OnMessage,
            false
        );
        TuneEnd end;
        try
        {
            end = job.Train(stop.Token);
            PlanReport.WriteOutcome(Terminal.Output, job.Plan, job.Actuals);
            if (end.Reason == TuneEndReason.Interrupted)
                return ExitCode.Cancelled;
            stop.Message = "stopping; a second signal stops at once";
            Compare(job, stop.Token);
            CompareShrunk(job, stop.Token);
            Console.Out.WriteLine($"Report: {RunReports.Write(job)}");
            Register(job);
        }
        catch (OperationCanceledException) when (stop.IsRequested)
        {
            Console.Out.WriteLine("Stopped during the comparison; the training is complete and will not be repeated. Resume with:");
            Console.Out.WriteLine($"  {CommandText.Resume(settings.Output)}");
            return ExitCode.Cancelled;
        }
        catch (InputException) when (job.IsStarted)
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
        foreach (var command in NextCommands(job.Settings, job.Data.HasImages, job.Data.Test.Count > 0))
            Console.Out.WriteLine($"  {CommandText.Launcher} {command}");
        return parsed.GetValue(_better) && job.Evaluation?.Verdict != Verdict.Better ? ExitCode.CheckFailed : ExitCode.Success;
    }

    private static void WriteLeftOut(TuneJob job)
    {
        var tileAdvice = job.Settings.Data.Tile is null ? "" : ", answer each tile separately (--tile-answers tile), choose another --tile";
        foreach (var sample in job.Run.TooLong)
            Console.Error.WriteLine(
                $"left out: {sample.Sample.Origin} has {sample.Length} tokens, more than fit into one pass "
                    + $"({job.Settings.Batches.PassTokens}); raise "
                    + $"--micro-batch-tokens{tileAdvice}{(sample.Visuals.Count > 0 ? " or lower --max-pixels" : "")}"
            );
        foreach (var row in job.Data.Unusable)
            OptionText.WriteError($"left out: {row}");
        foreach (var warning in job.Data.Warnings)
            OptionText.WriteError($"warning: {warning}");
    }

    private static void Compare(TuneJob job, CancellationToken stop)
    {
        if (!job.IsCompared)
            return;
        using var loading = new LoadConsole();
        var result = job.Compare(stop, EvalCommand.Progress(), loading.Show);
        Terminal.Status.Clear();
        if (result is not null)
        {
            EvaluationTable.Write(Terminal.Output, result);
            if (result.Answers.Any(a => a.BaseAnswer is not null)) // rows of plain text have no question
            {
                Console.Out.WriteLine($"{SampleAnswers} of the answers, chosen at random:");
                AnswerSamples.Write(Terminal.Output, result, SampleAnswers, (ulong)job.Settings.Seed);
            }
        }
        else
        {
            Console.Error.WriteLine(
                "no samples were held out, so base and tuned model are not compared; give a test side or a --validation-share"
            );
        }
    }

    // The run is complete in its folder: a library that cannot be written does not make it fail.
    private static void Register(TuneJob job)
    {
        try
        {
            if (job.Register(new AdapterLibrary(log: OptionText.WriteError)) is { } entry)
                Console.Out.WriteLine($"Adapter library: {entry.Id} (litre adapter show {entry.Id})");
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            OptionText.WriteError(
                $"the adapter is not registered in the adapter library: {e.Message}; then register it with `litre adapter add "
                    + $"{job.Settings.Output}`"
            );
        }
    }

    private static void CompareShrunk(TuneJob job, CancellationToken stop)
    {
        var tiles = job.CompareShrunk(stop, EvalCommand.Progress());
        Terminal.Status.Clear();
        if (tiles is null)
            return;
        foreach (
            var (model, rows) in (ReadOnlySpan<(string, IReadOnlyList<MetricComparison>)>)[("base", tiles.Base), ("tuned", tiles.Tuned)]
        )
        {
            if (rows.FirstOrDefault(r => r.Metric == job.Evaluation!.DecisiveMetric.Metric) is not { } row)
                continue;
            Console.Out.WriteLine(
                $"{model}, {row.Metric.Label()} on {Units.Count(row.Samples, "row")} with large pages: "
                    + $"{EvaluationText.Mean(row.Metric, row.Base.Mean)} downscaled, "
                    + $"{EvaluationText.Mean(row.Metric, row.Tuned!.Mean)} in tiles (p {EvaluationText.PValue(row.PValue!.Value)})"
            );
        }
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
