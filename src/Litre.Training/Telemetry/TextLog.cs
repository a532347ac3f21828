using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Litre.Core;
using Litre.Core.Files;
using Litre.Training.Tuning;

namespace Litre.Training.Telemetry;

/// <summary>Writes <c>log.txt</c>: one line per event, with its time in UTC. A resumed run continues the same file.</summary>
/// <param name="runFolder">The folder of the file.</param>
/// <param name="clock">Null for the system clock.</param>
public sealed class TextLog(string runFolder, TimeProvider? clock = null) : ITuneObserver, IDisposable
{
    public const string FileName = "log.txt";

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly RunFile _file = new(Path.Combine(runFolder, FileName));

    public void OnStart(TuneStart start)
    {
        var trained = start.Trainable.Sum(kind => kind.Parameters);
        Write(
            CultureInfo.InvariantCulture,
            $"{(start.FirstStep > 1 ? "resumed" : "started")} at step {start.FirstStep} of {start.TotalSteps}: "
                + $"{(start.Samples is { } samples ? $"{samples} training samples, " : "")}{start.ValidationSamples} held out"
        );
        foreach (var kind in start.Trainable)
            Write(CultureInfo.InvariantCulture, $"trained {kind.Kind}: {kind.Modules} x {kind.Shape}, {kind.Parameters} parameters");
        Write(CultureInfo.InvariantCulture, $"trained: {trained} of {start.TotalParameters} parameters");
    }

    public void OnStep(StepRecord step)
    {
        var machine = step.Machine is { } reading ? $", process {reading.ProcessBytes} bytes" : "";
        var epoch = step.Epoch is { } done ? string.Create(CultureInfo.InvariantCulture, $"epoch {done:F3}, ") : "";
        Write(
            CultureInfo.InvariantCulture,
            $"step {step.Step} of {step.TotalSteps}: {epoch}loss {step.Loss:G6}, gradient norm "
                + $"{step.GradientNorm:G4}, learning rate {step.LearningRate:G4}, {step.Tokens} tokens in {step.Seconds:F3} s{machine}"
        );
    }

    public void OnValidation(ValidationRecord validation) =>
        Write(
            CultureInfo.InvariantCulture,
            $"validation after step {validation.Step}: loss {validation.Loss:G6}{Describe(validation)}, {validation.Seconds:F1} s"
        );

    public void OnCheckpoint(string folder, int step) => Write(CultureInfo.InvariantCulture, $"checkpoint after step {step}: {folder}");

    public void OnMessage(string text) => Write(CultureInfo.InvariantCulture, $"{text}");

    public void OnEnd(TuneEnd end)
    {
        var why = end.Reason switch
        {
            TuneEndReason.Finished => "finished",
            TuneEndReason.Diverged => "ended because it diverged",
            TuneEndReason.EarlyStop => "stopped early because the held-out loss no longer decreases",
            _ => "interrupted, can be resumed",
        };
        var best = end.BestCheckpoint is not { } folder
            ? "no best checkpoint yet"
            : $"{(end.IsWorseThanBase ? "checkpoint with the lowest held-out loss" : "best checkpoint")} {folder}, "
                + $"loss {Loss(end.BestLoss)}";
        Write(
            CultureInfo.InvariantCulture,
            $"{why} after step {end.LastStep}; last checkpoint {end.LastCheckpoint ?? "none"}, "
                + $"{best}{(end.IsWorseThanBase ? $", worse than the base ({Loss(end.BaseLoss)})" : "")}"
        );
        if (end.Failure is { } failure)
            Write(CultureInfo.InvariantCulture, $"{failure.ReplaceLineEndings(" ")}");
    }

    public void Dispose() => _file.Dispose();

    private static string Describe(ValidationRecord validation) =>
        validation.Step == 0 ? ", the base model"
        : validation.IsWorseThanBase ? $", worse than the base ({Loss(validation.BaseLoss)})"
        : validation.Best ? ", the lowest so far"
        : "";

    private static string Loss(double? loss) => loss is { } known ? known.ToString("G6", CultureInfo.InvariantCulture) : "unknown";

    private void Write(
        IFormatProvider provider,
        [InterpolatedStringHandlerArgument(nameof(provider))] ref DefaultInterpolatedStringHandler text
    ) =>
        _file.Append(
            Encoding.UTF8.GetBytes(
                $"{_clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)} "
                    + $"{VisibleText.OneLine(text.ToStringAndClear())}\n"
            )
        );
}
