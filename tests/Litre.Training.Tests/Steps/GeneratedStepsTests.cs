using Litre.Core;
using Litre.Training.Tests.Tuning;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Steps;

/// <summary>A run whose samples are made while it trains, by the model that it trains.</summary>
public sealed class GeneratedStepsTests : IDisposable
{
    private const int Steps = 6;

    private readonly SmallRun _small = new();

    public void Dispose() => _small.Dispose();

    [Fact]
    public void Run_StoppedAndResumed_TakesTheSameSamplesAndWritesTheSameBytes()
    {
        var whole = _small.Settings("whole");
        var parts = _small.Settings("parts");
        var (end, observer, samples) = Train(whole, resume: false);
        Assert.Equal((TuneEndReason.Finished, Steps), (end.Reason, end.LastStep));

        List<int[]> taken = [];
        List<double> losses = [];
        foreach (var stopAfter in (int[])[1, 4, int.MaxValue])
        {
            var (partial, told, more) = Train(parts, resume: true, stopAfter);
            Assert.Equal(stopAfter < Steps ? TuneEndReason.Interrupted : TuneEndReason.Finished, partial.Reason);
            taken.AddRange(more);
            losses.AddRange(told.Steps.Select(s => s.Loss));
        }

        Assert.Equal(samples, taken);
        Assert.Equal(observer.Steps.Select(s => s.Loss), losses);
        Assert.All(observer.Steps, s => Assert.Null(s.Epoch));
        foreach (var file in Directory.EnumerateFiles(end.LastCheckpoint!, "*.safetensors"))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(file.Replace("whole", "parts", StringComparison.Ordinal)));
    }

    [Fact]
    public void Run_OtherWeights_TakesOtherSamples()
    {
        var (_, _, learned) = Train(_small.Settings("learned"), resume: false);
        var (_, _, frozen) = Train(
            _small.Settings("frozen").Change(s => s with { Optimizer = s.Optimizer with { LearningRate = 1e-12 } }),
            resume: false
        );
        Assert.Equal(frozen[0], learned[0]);
        Assert.NotEqual(frozen, learned);
    }

    [Fact]
    public void Resume_OtherSource_IsRefused()
    {
        var settings = _small.Settings("changed");
        Train(settings, resume: false, stopAfter: 1);
        var refused = Assert.Throws<InputException>(() => Train(settings, resume: true, fingerprint: "others"));
        Assert.Contains("other samples", refused.Message);
    }

    private static (TuneEnd End, RecordingObserver Observer, List<int[]> Samples) Train(
        TuneSettings settings,
        bool resume,
        int stopAfter = int.MaxValue,
        string fingerprint = "generated"
    )
    {
        using var stop = new CancellationTokenSource();
        var observer = new RecordingObserver(step =>
        {
            if (step.Step >= stopAfter)
                stop.Cancel();
        });
        using var run = SmallRun.Open(settings, resume, _ => { });
        using var source = new GeneratedSteps(run.Model, Steps) { Fingerprint = fingerprint };
        using var trainer = new Trainer(settings, run.Model, source, run.Validation, run.Features, run.Store, observer, stop.Token);
        if (resume && run.Store.Latest(Assert.Fail) is { } checkpoint)
            trainer.Resume(checkpoint);
        return (trainer.Run(), observer, source.Samples);
    }
}
