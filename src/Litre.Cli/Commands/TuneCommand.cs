using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Litre.Cli.Rendering;
using Litre.Torch;
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
        var console = new TuneConsole();
        using var run = TuneRun.Open(settings, device, resume, console.OnMessage);
        Recipe.Write(Path.Combine(settings.Output, Recipe.FileName), settings);
        foreach (var sample in run.TooLong)
            Console.Error.WriteLine($"left out: {sample.Sample.Origin} has {sample.Length} tokens, more than one pass of {settings.MicroBatchTokens} takes; raise --micro-batch-tokens or lower --max-pixels");
        foreach (var row in run.Data.Unusable) Console.Error.WriteLine($"left out: {row}");

        var stop = new StopRequest();
        using var interrupt = OnSignal(PosixSignal.SIGINT, stop, console);
        using var terminate = OnSignal(PosixSignal.SIGTERM, stop, console);
        using var monitor = new MachineMonitor(device);
        using var observers = new CompositeObserver(
            new MetricsLog(settings.Output), new TextLog(settings.Output), new TensorBoardLog(settings.Output), console);
        run.Train(resume, observers, stop, monitor.Read);
        return ExitCode.Success;
    }

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

    private static PosixSignalRegistration OnSignal(PosixSignal signal, StopRequest stop, TuneConsole console) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            if (stop.Asked) Environment.Exit(ExitCode.Cancelled);
            context.Cancel = true;
            stop.Ask();
            console.OnMessage("finishing this step and writing a checkpoint; press again to leave at once");
        });
}
