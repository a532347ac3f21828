using Litre.Machine.Governing;
using Litre.Machine.Tests.Governing;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Tuning;

/// <summary>A real training under orders, with a governor that watches a simulated machine.</summary>
public sealed class GovernedRunTests : IDisposable
{
    private readonly SmallRun _small = new();
    private readonly SimulatedMachine _machine = new();

    public void Dispose()
    {
        _machine.Dispose();
        _small.Dispose();
    }

    [Fact]
    public void Run_WithoutOrders_WritesTheSameBytes()
    {
        var (end, _) = SmallRun.Train(_small.Settings("free"), resume: false);
        var (governed, observer) = Train(_small.Settings("governed"), _ => { });
        Assert.DoesNotContain(observer.Messages, m => m.StartsWith("governor:", StringComparison.Ordinal));
        foreach (var file in Directory.EnumerateFiles(end.LastCheckpoint!, "*.safetensors"))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(governed.LastCheckpoint!, Path.GetFileName(file))));
    }

    [Fact]
    public void Run_ShrunkPausedAndResumed_HasTheSameLosses()
    {
        var settings = _small
            .Settings("free")
            .Change(s =>
                s with
                {
                    Checkpoints = s.Checkpoints with { SaveSteps = 100 },
                    Batches = s.Batches with { GradientAccumulation = 1, MicroBatchTokens = 800 },
                    Engine = s.Engine with { Recompute = RecomputeSetting.None },
                }
            );
        var (_, free) = SmallRun.Train(settings, resume: false);

        var run = settings with { Output = Path.Combine(_small.Folder, "governed") };
        var paused = false;
        var (end, observer) = Train(
            run,
            step =>
            {
                // Below the first floor after step 2, below the second after step 4 until the checkpoint is there.
                if (step.Step == 2)
                    _machine.Memory(5);
                if (step.Step == 4)
                    _machine.Memory(2);
                if (step.Step is 2 or 4)
                    WaitForOrder(run, step.Step == 2 ? OrderKind.Shrink : OrderKind.Pause);
            },
            whilePaused: () =>
            {
                paused |= Directory.Exists(Path.Combine(run.Output, "checkpoint-4"));
                _machine.Memory(50);
            }
        );

        Assert.True(paused);
        Assert.Equal(TuneEndReason.Finished, end.Reason);
        Assert.Equal(free.Steps.Count, observer.Steps.Count);
        foreach (var (a, b) in free.Steps.Zip(observer.Steps))
        {
            Assert.Equal((a.Step, a.Tokens, a.AnswerTokens), (b.Step, b.Tokens, b.AnswerTokens));
            Assert.Equal(a.Loss, b.Loss, 1e-3);
        }
        foreach (var word in (string[])["are split in 2", "pauses after a checkpoint", "continues"])
            Assert.Contains(
                observer.Messages,
                m => m.StartsWith("governor:", StringComparison.Ordinal) && m.Contains(word, StringComparison.Ordinal)
            );
    }

    [Fact]
    public void Run_StoppedWhilePaused_EndsWithItsCheckpointAndTakesNoFurtherStep()
    {
        using var stop = new CancellationTokenSource();
        var settings = _small.Settings("stopped").Change(s => s with { Checkpoints = s.Checkpoints with { SaveSteps = 100 } });
        var (end, observer) = Train(
            settings,
            step =>
            {
                if (step.Step != 2)
                    return;
                _machine.Memory(2);
                WaitForOrder(settings, OrderKind.Pause);
            },
            stop.Cancel,
            stop
        );
        Assert.Equal((TuneEndReason.Interrupted, 2), (end.Reason, end.LastStep));
        Assert.EndsWith("checkpoint-2", end.LastCheckpoint);
        Assert.Equal(2, observer.Steps.Count);
    }

    [Fact]
    public void WaitForResume_GovernorThatIsGone_GoesOn()
    {
        var channel = new GovernorChannel(_small.Folder);
        channel.Write(new GovernorOrder(1, OrderKind.Pause, 2, true, 1, "short", new GovernorReading(null, null)));
        var link = new GovernorLink(_small.Folder);
        var said = new List<string>();
        Assert.True(link.ReceiveOrder(1, said.Add)!.IsPaused);
        link.WaitForResume(said.Add, TestContext.Current.CancellationToken);
        Assert.Contains("it has exited", said[^1]);
    }

    [Fact]
    public void Rest_HalfPace_WaitsAsLongAsTheStepTook()
    {
        new GovernorChannel(_small.Folder).Write(
            new GovernorOrder(1, OrderKind.Slow, 1, false, 0.5, "hot", new GovernorReading(null, null))
        );
        var link = new GovernorLink(_small.Folder);
        link.ReceiveOrder(1, _ => { });
        var watch = System.Diagnostics.Stopwatch.StartNew();
        link.Throttle(TimeSpan.FromSeconds(0.3), TestContext.Current.CancellationToken);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.25, 30);
    }

    // The training waits for it between two steps, so that the order reaches it at the same step on every machine.
    private static void WaitForOrder(TuneSettings settings, OrderKind kind)
    {
        var channel = new GovernorChannel(settings.Output);
        Assert.True(
            SpinWait.SpinUntil(() => channel.ReadOrder()?.Kind == kind, TimeSpan.FromMinutes(1)),
            $"no order to {kind} within a minute"
        );
    }

    // Trains with a governor beside it that looks every 50 ms.
    private (TuneEnd End, RecordingObserver Observer) Train(
        TuneSettings settings,
        Action<StepRecord> onStep,
        Action? whilePaused = null,
        CancellationTokenSource? stop = null
    )
    {
        _machine.Memory(50);
        using var over = new CancellationTokenSource();
        Directory.CreateDirectory(settings.Output);
        using var governor = new Governor(
            settings.Output,
            new TrainerProcess(Environment.ProcessId),
            _machine.Sources(),
            new GovernorSettings { CalmSeconds = 0.3 }
        );
        var watching = Task.Run(() => governor.Run(TimeSpan.FromSeconds(0.05), over.Token));
        var channel = new GovernorChannel(settings.Output);
        var machine = Task.Run(() =>
        {
            while (!over.IsCancellationRequested)
            {
                if (channel.ReadStatus()?.State == TrainerActivity.Paused)
                    whilePaused?.Invoke();
                over.Token.WaitHandle.WaitOne(50);
            }
        });
        var observer = new RecordingObserver(onStep);
        try
        {
            using var run = SmallRun.Open(settings, false, _ => { });
            return (run.Train(false, observer, stop?.Token ?? default, governor: new GovernorLink(settings.Output)), observer);
        }
        finally
        {
            over.Cancel();
            Task.WaitAll(watching, machine);
        }
    }
}
