using Litre.Machine.Sensors;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Telemetry;

/// <summary>Events of a run as a trainer tells them.</summary>
internal static class TuneEvents
{
    public static TuneStart Start(int firstStep = 1, int totalSteps = 6) =>
        new(
            "runs/dishes",
            firstStep,
            totalSteps,
            120,
            12,
            [new TrainableModules("language_model.layers.*.self_attn.q_proj", 4, "A (16, 64), B (64, 16)", 8192)],
            1_000_000
        );

    public static StepRecord Step(int step, double? loss = null) =>
        new(
            step,
            6,
            step / 3.0,
            loss ?? 2.5 / step,
            0.75,
            1e-4,
            890,
            24,
            0.5,
            step % 2 == 0 ? null : new MachineReading(3L << 30, 8L << 30, 97, 61, 143.5, 2L << 30)
        );

    /// <summary>Steps, a validation every second and a checkpoint every third one, as a trainer orders them.</summary>
    public static void Play(ITuneObserver observer, int firstStep, int lastStep, TuneEndReason? end = TuneEndReason.Finished)
    {
        observer.OnStart(Start(firstStep));
        if (firstStep == 1)
            observer.OnValidation(new ValidationRecord(0, 3.25, true, 0.1));
        for (var step = firstStep; step <= lastStep; step++)
        {
            observer.OnStep(Step(step));
            if (step % 2 == 0)
                observer.OnValidation(new ValidationRecord(step, 3.0 / step, true, 0.1));
            if (step % 3 == 0)
                observer.OnCheckpoint($"/runs/dishes/checkpoint-{step}", step);
        }
        if (end is { } reason)
            observer.OnEnd(new TuneEnd(reason, lastStep, $"/runs/dishes/checkpoint-{lastStep}", null, null));
    }
}
