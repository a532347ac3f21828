using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Lora;
using Litre.Torch;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Tuning;

/// <summary>What the comparison at the end of a run leaves of the run's model.</summary>
public sealed class TuneComparisonTests : IDisposable
{
    private readonly SmallRun _small = new();

    public void Dispose() => _small.Dispose();

    [Fact]
    public void Run_Adapters_LeavesTheBestOnesOnTheRunsModelAndSwitchedOn()
    {
        // At this rate the held-out loss soon rises, so that the best is not the last.
        var settings = Settings("adapters")
            .Change(s =>
                s with
                {
                    Batches = s.Batches with { MaxSteps = 60, SharePrefixes = false },
                    Optimizer = s.Optimizer with { LearningRate = 0.5, Warmup = 0 },
                    Validation = s.Validation with { Patience = 2, Steps = 1 },
                }
            );
        using var run = SmallRun.Open(settings, resume: false, _ => { });
        var end = run.Train(false, new RecordingObserver(), TestContext.Current.CancellationToken);
        Assert.NotEqual(end.LastStep, end.BestStep);
        var last = Factors(run.Model);

        var result = TuneComparison.Run(run, settings, end, null, TestContext.Current.CancellationToken)!;

        Assert.True(result.Compared);
        Assert.NotEqual(last, Factors(run.Model));
        using var best = ModelFiles.Load(_small.Model, DType.Float32, Device.Cpu);
        AdapterFiles.Load(best, end.BestCheckpoint!);
        Assert.Equal(Factors(best), Factors(run.Model));
        // They can be replaced again: nothing else holds them.
        run.Model.Adapters.Clear();
        Assert.Empty(run.Model.Adapters);
    }

    [Fact]
    public void Run_AllWeights_FreesTheRunsModelAndComparesTheTwoFolders()
    {
        var settings = Settings("full") with { Trainable = new() { Full = true } };
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        using (var run = SmallRun.Open(settings, resume: false, _ => { }))
        {
            var end = run.Train(false, new RecordingObserver(), TestContext.Current.CancellationToken);
            Parameter[] parameters = [.. run.Model.Parameters];
            var weights = parameters.Sum(p => p.Value.Bytes);
            var trained = MemoryLedger.LiveBytes(DeviceType.Cpu);
            var result = TuneComparison.Run(run, settings, end, null, TestContext.Current.CancellationToken)!;
            Assert.True(result.Compared);
            Assert.All(parameters, p => Assert.True(p.Value.IsDisposed));
            Assert.Throws<ObjectDisposedException>(() => run.Model);
            Assert.InRange(MemoryLedger.LiveBytes(DeviceType.Cpu), before, trained - weights);
        }
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }

    [Fact]
    public void Run_NothingHeldOut_ChangesNothing()
    {
        var settings = Settings("none") with { Validation = new() { Share = 0 } };
        using var run = SmallRun.Open(settings, resume: false, _ => { });
        var end = run.Train(false, new RecordingObserver(), TestContext.Current.CancellationToken);
        var before = Factors(run.Model);
        Assert.Null(TuneComparison.Run(run, settings, end, null, TestContext.Current.CancellationToken));
        Assert.Equal(before, Factors(run.Model));
    }

    [Fact]
    public void Run_Stopped_LeavesTheAdapterOnTheModel()
    {
        var settings = Settings("stopped");
        using var run = SmallRun.Open(settings, resume: false, _ => { });
        var end = run.Train(false, new RecordingObserver(), TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => TuneComparison.Run(run, settings, end, _ => stop.Cancel(), stop.Token));
        Assert.NotEmpty(run.Model.Adapters);
    }

    [Fact]
    public void HeldOut_Limit_SpreadsOverTheWholeSide()
    {
        int[] side = [.. Enumerable.Range(0, 10)];
        Assert.Equal(side, TuneComparison.HeldOut(side, 0));
        Assert.Equal(side, TuneComparison.HeldOut(side, 10));
        Assert.Equal([0, 3, 6], TuneComparison.HeldOut(side, 3));
    }

    private TuneSettings Settings(string run) => _small.Settings(run) with { Comparison = new() { MaxNewTokens = 2 } };

    private static double[] Factors(CausalModel model) =>
        [.. model.Adapters.SelectMany(a => a.Parameters).SelectMany(p => p.Value.ToDoubles())];
}
