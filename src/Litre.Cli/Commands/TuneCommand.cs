using System.CommandLine;
using System.Globalization;
using Litre.Cli.Rendering;
using Litre.Torch;
using Litre.Training.Evaluation;
using Litre.Training.Governing;
using Litre.Training.Reporting;
using Litre.Training.Telemetry;
using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary><c>litre tune</c>: trains adapters, or all weights, on a data set.</summary>
internal sealed class TuneCommand : Command
{
    private readonly RecipeOptions _recipe;

    public TuneCommand() : base("tune", "Fine-tunes a checkpoint on a data set and proves what it gained.")
    {
        _recipe = new RecipeOptions(this);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var resume = _recipe.Resume(parsed);
        var settings = Complete(_recipe.Settings(parsed, out var dtypeGiven), dtypeGiven, out var device);
        var console = new TuneConsole
        {
            ResumeCommand = $"litre tune --resume --output {Shell(settings.Output)}",
            NextCommands = NextCommands(settings),
        };
        using var run = TuneRun.Open(settings, device, resume, console.OnMessage);
        Recipe.Write(Path.Combine(settings.Output, Recipe.FileName), settings);
        foreach (var sample in run.TooLong)
            Console.Error.WriteLine($"left out: {sample.Sample.Origin} has {sample.Length} tokens, more than one pass of {settings.MicroBatchTokens} takes; raise --micro-batch-tokens or lower --max-pixels");
        foreach (var row in run.Data.Unusable) Console.Error.WriteLine($"left out: {row}");

        using var stop = new StopSignal("finishing this step and writing a checkpoint; press again to leave at once", console.OnMessage);
        using var monitor = new MachineMonitor(device);
        using var observers = new CompositeObserver(
            new MetricsLog(settings.Output), new TextLog(settings.Output), new TensorBoardLog(settings.Output), console);
        var governor = settings.Governor == GovernorUse.On ? GovernorChild.Start(settings.Output, settings.Governing, device, observers.OnMessage) : null;
        var end = run.Train(resume, observers, stop.Token, monitor.Read, governor);
        if (end.Reason == TuneEndReason.Interrupted || settings.Evaluation == EvaluationTime.None) return ExitCode.Success;
        var result = TuneComparison.Run(run, settings, end, EvalCommand.Progress(), stop.Token);
        var page = Path.Combine(settings.Output, ReportPage.FileName);
        ReportPage.Write(page, RunReports.Of(settings, TuneComparison.HeldOut(run, settings), result, run.Encoder));
        if (result is not null)
        {
            EvaluationFiles.Write(settings.Output, result);
            EvaluationTable.Write(Terminal.Output, result);
            Console.Out.WriteLine($"the run as a page: {page}");
        }
        else
        {
            Console.Error.WriteLine("nothing was held out, so base and tuned model are not compared; give a test side or a --validation-share");
        }
        return ExitCode.Success;
    }

    private static string[] NextCommands(TuneSettings settings)
    {
        var (model, best) = (Shell(settings.Model), Shell(Path.Combine(settings.Output, "best")));
        if (settings.Full) return [$"litre ask --model {best} --image PICTURE \"QUESTION\""];
        return [
            $"litre ask --model {model} --adapter {best} --image PICTURE \"QUESTION\"",
            $"litre eval --model {model} --adapter {best} --data {Shell(settings.Data)} --seed {settings.Seed}",
            $"litre export --model {model} --adapter {best} --to merged --output MERGED"];
    }

    // As a shell reads it back.
    private static string Shell(string text) =>
        text.All(c => char.IsLetterOrDigit(c) || c is '/' or '.' or '-' or '_') ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    // What follows from the machine and the clock where nobody said it.
    private static TuneSettings Complete(TuneSettings settings, bool dtypeGiven, out Device device)
    {
        if (settings.Model.Length == 0) throw new InputException("--model: say which checkpoint folder to tune");
        if (settings.Data.Length == 0) throw new InputException("--data: say which data file or folder to train on");
        if (settings.Full && settings.Targets.SequenceEqual(new TuneSettings().Targets) is false)
            throw new InputException("--full and --target: all weights are trained with --full, so leave --target away");
        device = EngineOptions.Choose(settings.Device.Length > 0 ? settings.Device : null);
        if (device.IsMeta) throw new InputException("--device meta: nothing can be trained there; use cpu or cuda");
        if (!dtypeGiven) settings = settings with { DType = device.Type == DeviceType.Cuda ? DType.BFloat16 : DType.Float32 };
        if (settings.Output.Length > 0) return settings;
        var name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.Data)));
        return settings with { Output = Path.Combine("runs", $"{name}-{DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}") };
    }
}
