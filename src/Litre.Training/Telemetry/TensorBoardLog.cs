using System.Globalization;
using Litre.Core.Files;
using Litre.Training.Tuning;

namespace Litre.Training.Telemetry;

/// <summary>
/// A TensorBoard event file in the run's folder: <c>train/loss</c>, <c>train/grad_norm</c>, <c>train/learning_rate</c>,
/// <c>train/tokens_per_second</c> and <c>validation/loss</c>. A resumed run starts a new file whose first events make TensorBoard drop
/// the later steps of older files.
/// </summary>
/// <param name="runFolder">The folder of the file.</param>
/// <param name="clock">Null for the system clock.</param>
public sealed class TensorBoardLog(string runFolder, TimeProvider? clock = null) : ITuneObserver, IDisposable
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private RunFile? _file;

    private double WallTime => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    public void OnStart(TuneStart start)
    {
        _file?.Dispose();
        _file = new RunFile(FreePath());
        _file.Append(EventFile.Version(WallTime));
        _file.Append(EventFile.Restart(WallTime, start.FirstStep));
    }

    public void OnStep(StepRecord step) =>
        _file?.Append(
            EventFile.Scalars(
                WallTime,
                step.Step,
                [
                    ("train/loss", step.Loss),
                    ("train/grad_norm", step.GradientNorm),
                    ("train/learning_rate", step.LearningRate),
                    ("train/tokens_per_second", step.TokensPerSecond),
                ]
            )
        );

    public void OnValidation(ValidationRecord validation) =>
        _file?.Append(EventFile.Scalars(WallTime, validation.Step, [("validation/loss", validation.Loss)]));

    public void Dispose() => _file?.Dispose();

    // TensorBoard reads a run's files in the order of their names, so the time comes first.
    private string FreePath()
    {
        for (var number = 0; ; number++)
        {
            var path = Path.Combine(
                runFolder,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"events.out.tfevents.{(long)WallTime:D10}.{Environment.MachineName}.{Environment.ProcessId}.{number}"
                )
            );
            if (!File.Exists(path))
                return path;
        }
    }
}
