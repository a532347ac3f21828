using Litre.Torch;
using Litre.Training.Tuning;
using Shared;

namespace Litre.Training.Tests.Tuning;

/// <summary>A small random checkpoint, twelve rows about five images, and a folder for runs; removed at the end.</summary>
internal sealed class SmallRun : IDisposable
{
    private readonly SmallCheckpoint _small;

    public SmallRun(string reference = "moe")
    {
        _small = new SmallCheckpoint(reference);
        _small.AddRows("train.jsonl", 12);
    }

    public string Folder => _small.Folder;

    public string Model => _small.Model;

    public string Data => _small.Data;

    public TuneSettings Settings(string run) =>
        new()
        {
            Model = Model,
            Data = new() { Path = Data },
            Output = Path.Combine(Folder, run),
            Batches = new()
            {
                MaxSteps = 6,
                MicroBatchTokens = 400,
                GradientAccumulation = 2,
            },
            Checkpoints = new() { SaveSteps = 2 },
            Optimizer = new() { LearningRate = 1e-2 },
            Engine = new() { DType = DType.Float32 },
            Validation = new() { Share = 0.2 },
            Features = new() { Folder = Path.Combine(Folder, "features") },
        };

    /// <summary>A run without a plan, on the CPU.</summary>
    public static TuneRun Open(TuneSettings settings, bool resume, Action<string> log) =>
        TuneRun.Open(RunInputs.Open(settings, resume, log), settings, Device.Cpu, resume, log);

    /// <summary>Trains, and asks the run to stop after <paramref name="stopAfter"/> steps; with 0 before it begins.</summary>
    public static (TuneEnd End, RecordingObserver Observer) Train(TuneSettings settings, bool resume, int stopAfter = int.MaxValue)
    {
        using var stop = new CancellationTokenSource();
        var observer = new RecordingObserver(step =>
        {
            if (step.Step >= stopAfter)
                stop.Cancel();
        });
        using var run = SmallRun.Open(settings, resume, _ => { });
        if (stopAfter == 0)
            stop.Cancel();
        return (run.Train(resume, observer, stop.Token), observer);
    }

    public void Dispose() => _small.Dispose();
}
