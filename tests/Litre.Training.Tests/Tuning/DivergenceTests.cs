using System.Text.Json;
using Litre.Torch;
using Litre.Training.Telemetry;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Tuning;

/// <summary>What is worse than the base is never the best, and a run that diverges ends with what is to blame.</summary>
public sealed class DivergenceTests : IDisposable
{
    private readonly SmallRun _small = new();

    public void Dispose() => _small.Dispose();

    [Theory]
    [InlineData(1e12, false, 1)]
    [InlineData(1e12, false, 0)]
    [InlineData(1e30, true, 1)]
    public void Run_NumbersThatAreNotFinite_EndsAndNamesTheRate(double rate, bool full, double clip)
    {
        var settings = Wild("wild", rate)
            .Change(s =>
                s with
                {
                    Trainable = s.Trainable with { Full = full },
                    Optimizer = s.Optimizer with { ClipNorm = clip },
                    Validation = s.Validation with { Steps = 20 },
                }
            );
        var (end, observer) = SmallRun.Train(settings, resume: false);
        Assert.Equal(TuneEndReason.Diverged, end.Reason);
        Assert.StartsWith($"step {end.LastStep}: diverged: ", end.Failure);
        Assert.Contains($"`learning-rate {(full ? "1e30" : "1e12")}` is likely too high", end.Failure);
        Assert.Equal(clip == 0, end.Failure!.Contains("`clip-norm 0`", StringComparison.Ordinal));
        Assert.DoesNotContain(observer.Validations, v => v.Best);
        Assert.True(end.LastStep < settings.Batches.MaxSteps);
        Assert.Null(end.BestLoss is { } best && !double.IsFinite(best) ? "not finite" : null);
    }

    [Fact]
    public void Run_HeldOutLossNotFinite_IsNeverTheBestAndTheCheckpointBeforeIsKept()
    {
        var settings = Wild("validated", 1e12)
            .Change(s =>
                s with
                {
                    Validation = s.Validation with { Steps = 2 },
                    Checkpoints = s.Checkpoints with { SaveSteps = 1 },
                    Optimizer = s.Optimizer with { Warmup = 0 },
                }
            );
        var (end, observer) = SmallRun.Train(settings, resume: false);
        Assert.Equal(TuneEndReason.Diverged, end.Reason);
        Assert.All(observer.Validations, v => Assert.False(v.Best));
        Assert.All(observer.Validations.Where(v => v.Step > 0), v => Assert.True(v.IsWorseThanBase));
        Assert.DoesNotContain(
            Directory.GetDirectories(settings.Output),
            f => Path.GetFileName(f).StartsWith(".tmp", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Run_LossesFarAboveTheBase_EndsOnceTheHeldOutSideConfirmsIt()
    {
        var settings = Wild("far", 5)
            .Change(s =>
                s with
                {
                    Trainable = s.Trainable with { Full = true },
                    Batches = s.Batches with { MaxSteps = 60 },
                    Validation = s.Validation with { Steps = 60 },
                    Checkpoints = s.Checkpoints with { SaveSteps = 60 },
                }
            );
        var (end, observer) = SmallRun.Train(settings, resume: false);
        Assert.Equal(TuneEndReason.Diverged, end.Reason);
        Assert.Contains("far above the base model's for 15 steps", end.Failure);
        Assert.Contains("the held-out loss is", end.Failure);
        Assert.Equal((0, end.LastStep), (observer.Validations[0].Step, observer.Validations[^1].Step));
        Assert.Equal(2, observer.Validations.Count);
        // Nothing was kept of the step that ended it, so it is not named as the lowest.
        Assert.Null(end.BestLoss);
        Assert.Null(end.BestCheckpoint);
    }

    [Fact]
    public void Run_StoppedAndResumed_DivergesAtTheSameStep()
    {
        var whole = Wild("whole", 5)
            .Change(s =>
                s with
                {
                    Trainable = s.Trainable with { Full = true },
                    Batches = s.Batches with { MaxSteps = 40 },
                    Validation = s.Validation with { Steps = 40 },
                    Checkpoints = s.Checkpoints with { SaveSteps = 2 },
                }
            );
        var parts = whole with { Output = Path.Combine(_small.Folder, "parts") };
        var (end, _) = SmallRun.Train(whole, resume: false);
        foreach (var stopAfter in (int[])[1, 4, 7])
            Assert.Equal(TuneEndReason.Interrupted, SmallRun.Train(parts, resume: stopAfter > 1, stopAfter).End.Reason);
        var (again, _) = SmallRun.Train(parts, resume: true);
        Assert.Equal((TuneEndReason.Diverged, end.LastStep, end.Failure), (again.Reason, again.LastStep, again.Failure));
    }

    [Fact]
    public void Run_StoppedWhileNothingIsFinite_IsStoppedAndGoesOnFromBefore()
    {
        var settings = Wild("stopped", 1e12)
            .Change(s => s with { Validation = s.Validation with { Steps = 20 }, Checkpoints = s.Checkpoints with { SaveSteps = 20 } });
        var (end, observer) = SmallRun.Train(settings, resume: false, stopAfter: 3);
        Assert.Equal(TuneEndReason.Interrupted, end.Reason);
        Assert.Null(end.LastCheckpoint);
        Assert.Contains(
            observer.Messages,
            m =>
                m.Contains("no checkpoint was written after this step", StringComparison.Ordinal)
                && m.EndsWith("the first step", StringComparison.Ordinal)
        );
        Assert.Equal(TuneEndReason.Diverged, SmallRun.Train(settings, resume: true).End.Reason);
    }

    [Fact]
    public void Run_EveryStepWorseThanTheBase_IsSaidInRecordsFilesAndTheEnd()
    {
        // Too few steps to tell whether it would come down again.
        var settings = Wild("worse", 1)
            .Change(s =>
                s with
                {
                    Trainable = s.Trainable with { Full = true },
                    Batches = s.Batches with { MaxSteps = 4 },
                    Validation = s.Validation with { Steps = 2 },
                }
            );
        TuneEnd end;
        RecordingObserver observer;
        using (var log = new MetricsLog(settings.Output))
        {
            (end, observer) = SmallRun.Train(settings, resume: false);
            log.OnStart(observer.Start!);
            foreach (var validation in observer.Validations)
                log.OnValidation(validation);
            log.OnEnd(end);
        }
        Assert.Equal(TuneEndReason.Finished, end.Reason);
        var tuned = observer.Validations.Where(v => v.Step > 0).ToList();
        Assert.All(tuned, v => Assert.True(v is { Best: false, IsWorseThanBase: true }, $"{v}"));
        Assert.True(end.IsWorseThanBase);
        // The folder holds the least bad step, labelled as what it is.
        var facts = HeldOutMetrics.Read(end.BestCheckpoint!)!;
        Assert.Equal((end.BestStep, end.BestLoss, end.BaseLoss, true), (facts.Step, facts.Loss, facts.BaseLoss, facts.WorseThanBase));
        Assert.Equal(tuned.Min(v => v.Loss), facts.Loss);
        var lines = File.ReadLines(Path.Combine(settings.Output, MetricsLog.FileName))
            .Select(l => JsonDocument.Parse(l).RootElement)
            .ToList();
        Assert.All(lines, l => Assert.False(l.TryGetProperty("best", out var best) && best.GetBoolean()));
        Assert.True(lines[^1].GetProperty("worse_than_base").GetBoolean());
    }

    [Fact]
    public void Run_BetterThanTheBase_NamesTheBestAndTheBasesLoss()
    {
        var settings = _small
            .Settings("better")
            .Change(s => s with { Batches = s.Batches with { MaxSteps = 8 }, Validation = s.Validation with { Steps = 2 } });
        var (end, observer) = SmallRun.Train(settings, resume: false);
        Assert.False(end.IsWorseThanBase);
        Assert.Equal(observer.Validations[0].Loss, end.BaseLoss);
        Assert.False(observer.Validations[0].Best);
        Assert.True(observer.Validations[1].Best);
        Assert.False(HeldOutMetrics.Read(end.BestCheckpoint!)!.WorseThanBase);
    }

    [Fact]
    public void Watch_AHardSpellThatTheHeldOutSideDenies_GoesOn()
    {
        var watch = new DivergenceDetector(new TuneSettings(), totalSteps: 40, heldOut: true);
        var state = new TrainerState { BaseLoss = 1, OptimizerSteps = 1 };
        foreach (var loss in (double[])[1, 1.2, .. Enumerable.Repeat(6.0, watch.MaxFarSteps)])
        {
            Assert.False(watch.NeedsValidation(state));
            state = watch.Advance(state with { Step = state.Step + 1 }, state.Step + 1, loss, 1);
        }
        Assert.True(watch.NeedsValidation(state));
        Assert.Contains("`learning-rate ", Assert.Throws<DivergedException>(() => watch.AfterValidation(state, 6)).Message);
        state = watch.AfterValidation(state, 0.8);
        // Losses of that height are known to be these samples' from now on.
        for (var i = 0; i < 2 * watch.MaxFarSteps; i++)
            state = watch.Advance(state, 20 + i, 6.5, 1);
        Assert.False(watch.NeedsValidation(state));
    }

    [Fact]
    public void Watch_SingleStepsNotFinite_GoOnAndFiveInARowDoNot()
    {
        var watch = new DivergenceDetector(new TuneSettings { Engine = new() { DType = DType.BFloat16 } }, totalSteps: 40, heldOut: true);
        var state = new TrainerState();
        foreach (var norm in (double[])[double.NaN, 1, double.PositiveInfinity, double.NaN, double.NaN, double.NaN])
            state = watch.Advance(state, 1, norm, norm);
        // Nothing was learned yet, so the rate is not to blame.
        var message = Assert.Throws<DivergedException>(() => watch.Advance(state, 7, double.NaN, double.NaN)).Message;
        Assert.StartsWith("step 7: diverged: ", message);
        Assert.Contains("`dtype float32`", message);
        Assert.DoesNotContain("learning-rate", message);
        Assert.Contains(
            "base model",
            Assert.Throws<DivergedException>(() => watch.AfterValidation(new TrainerState(), double.NaN)).Message
        );
    }

    private TuneSettings Wild(string name, double rate) =>
        _small
            .Settings(name)
            .Change(s =>
                s with
                {
                    Optimizer = s.Optimizer with { LearningRate = rate, Schedule = ScheduleKind.Constant, Warmup = 0 },
                    Batches = s.Batches with { MaxSteps = 20 },
                }
            );
}
