using Litre.Core;
using Litre.Planning;
using Litre.Torch;
using Litre.Training.Tuning;
using Shared;

namespace Litre.Training.Tests.Tuning;

public sealed class TrainerTests : IDisposable
{
    private readonly SmallRun _small = new();

    public void Dispose() => _small.Dispose();

    [Theory]
    [InlineData(false, DType.Float32, 0.0)]
    [InlineData(false, DType.Float32, 0.2)]
    [InlineData(false, DType.BFloat16, 0.1)]
    [InlineData(true, DType.Float32, 0.0)]
    [InlineData(true, DType.BFloat16, 0.0)]
    public void Run_StoppedAndResumed_WritesTheSameBytes(bool full, DType dtype, double dropout)
    {
        var whole = _small
            .Settings("whole")
            .Change(s =>
                s with
                {
                    Trainable = s.Trainable with { Full = full, LoraDropout = dropout },
                    Engine = s.Engine with { DType = dtype },
                }
            );
        var parts = whole with { Output = Path.Combine(_small.Folder, "parts") };

        var (end, _) = SmallRun.Train(whole, resume: false);
        foreach (var stopAfter in (int[])[1, 4, int.MaxValue])
        {
            var (partial, observer) = SmallRun.Train(parts, resume: true, stopAfter);
            Assert.Equal(stopAfter < 6 ? TuneEndReason.Interrupted : TuneEndReason.Finished, partial.Reason);
            Assert.Equal(Math.Min(stopAfter, 6), observer.Steps[^1].Step);
        }

        Assert.Equal(TuneEndReason.Finished, end.Reason);
        foreach (var file in Directory.EnumerateFiles(end.LastCheckpoint!, "*.safetensors"))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(file.Replace("whole", "parts", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("moe", false, DType.Float32)]
    [InlineData("dense", false, DType.BFloat16)]
    [InlineData("moe", true, DType.BFloat16)]
    public void Run_Checkpoint_HasTheBytesThatWereCountedOnItsShapes(string reference, bool full, DType dtype)
    {
        using var small = new SmallRun(reference);
        var settings = small
            .Settings("counted")
            .Change(s =>
                s with
                {
                    Trainable = s.Trainable with { Full = full },
                    Engine = s.Engine with { DType = dtype },
                    Batches = s.Batches with { MaxSteps = 1 },
                }
            );
        var counted = RunSpace.Of(PlanModel.Open(small.Model), settings);
        var (end, _) = SmallRun.Train(settings, resume: false);
        var bytes = new DirectoryInfo(end.LastCheckpoint!).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
        Assert.InRange(bytes, counted.CheckpointBytes - ((full ? 64 : 16) << 10), counted.CheckpointBytes);
        var best = new DirectoryInfo(end.BestCheckpoint!).EnumerateFiles("*.safetensors").Sum(f => f.Length);
        Assert.InRange(best, counted.WeightFileBytes - (full ? 64 << 10 : 0), counted.WeightFileBytes);
    }

    [Fact]
    public void Run_StoppedInAValidation_ValidatesFirstAndGoesOnTheSame()
    {
        // A validation after every step, in which the stop falls, the last one's included.
        var whole = _small
            .Settings("whole")
            .Change(s => s with { Validation = s.Validation with { Steps = 1 }, Checkpoints = s.Checkpoints with { SaveSteps = 6 } });
        var parts = whole with { Output = Path.Combine(_small.Folder, "parts") };
        var (end, undisturbed) = SmallRun.Train(whole, resume: false);
        List<(int, double, bool)> validated = [];
        foreach (var stopAfter in (int[])[0, 2, 3, 6, int.MaxValue])
        {
            var (partial, observer) = SmallRun.Train(parts, resume: true, stopAfter);
            Assert.Equal(stopAfter <= 6 ? TuneEndReason.Interrupted : TuneEndReason.Finished, partial.Reason);
            validated.AddRange(observer.Validations.Select(v => (v.Step, v.Loss, v.Best)));
        }
        Assert.Equal(undisturbed.Validations.Select(v => (v.Step, v.Loss, v.Best)), validated);
        foreach (var file in Directory.EnumerateFiles(end.LastCheckpoint!, "*.safetensors"))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(file.Replace("whole", "parts", StringComparison.Ordinal)));
    }

    [Fact]
    public void Run_ResumedAfterAnEarlyStop_TakesNoFurtherStep()
    {
        var settings = _small
            .Settings("early")
            .Change(s =>
                s with
                {
                    Validation = s.Validation with { Steps = 1, Patience = 1 },
                    Optimizer = s.Optimizer with { LearningRate = 1, ClipNorm = 0 },
                    Batches = s.Batches with { MaxSteps = 20 },
                }
            );
        var (first, _) = SmallRun.Train(settings, resume: false);
        Assert.Equal(TuneEndReason.EarlyStop, first.Reason);
        var (again, observer) = SmallRun.Train(settings, resume: true);
        Assert.Equal((TuneEndReason.EarlyStop, first.LastStep), (again.Reason, again.LastStep));
        Assert.Empty(observer.Steps);
    }

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]
    public void Run_FeaturesOnDiskInMemoryOrNowhere_HasTheSameLossesBitForBit(DType dtype)
    {
        double[]? expected = null;
        foreach (
            var (name, gib, disk) in ((string, double, long)[])
                [("nowhere", 0, 0), ("memory", 1, 0), ("first", 0, 1 << 30), ("second", 0, 1 << 30), ("both", 1, 1 << 30)]
        )
        {
            var settings = _small
                .Settings(name)
                .Change(s =>
                    s with
                    {
                        Features = s.Features with { CacheGiB = gib, DiskBytes = disk },
                        Engine = s.Engine with { DType = dtype },
                    }
                );
            using var run = SmallRun.Open(settings, false, line => Assert.Fail(line));
            var observer = new RecordingObserver();
            run.Train(false, observer, TestContext.Current.CancellationToken);
            var losses = observer
                .Steps.Select(s => s.Loss)
                .Concat(observer.Steps.Select(s => s.GradientNorm))
                .Concat(observer.Validations.Select(v => v.Loss))
                .ToArray();
            Assert.Equal(expected ??= losses, losses);
            Assert.Equal(disk > 0, run.Disk is not null);
            // A second run finds everything that the first has written.
            if (name == "second")
                Assert.True(run.Disk!.Hits >= run.Validation.Count);
            Assert.Equal(disk > 0 ? settings.Features.Folder : null, observer.Start!.Features!.Folder);
        }
        Assert.Equal(5, Directory.GetFiles(Path.Combine(_small.Folder, "features"), "*.features", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void Run_ResumedWithFeaturesOnDisk_ReadsThemAndWritesTheSameBytes()
    {
        var whole = _small.Settings("whole").Change(s => s with { Features = s.Features with { DiskBytes = 0 } });
        var parts = _small.Settings("parts");
        var (end, _) = SmallRun.Train(whole, resume: false);
        SmallRun.Train(parts, resume: false, stopAfter: 3);
        using (var run = SmallRun.Open(parts, true, line => Assert.Fail(line)))
        {
            run.Train(true, new RecordingObserver(), TestContext.Current.CancellationToken);
            Assert.True(run.Disk!.Hits > 0);
        }
        var file = Path.Combine(end.LastCheckpoint!, "optimizer.safetensors");
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(file.Replace("whole", "parts", StringComparison.Ordinal)));
    }

    [Fact]
    public void Open_TowerTrained_KeepsNothingOnTheDisk()
    {
        var settings = _small.Settings("vision").Change(s => s with { Trainable = s.Trainable with { Targets = ["vision"] } });
        using var run = SmallRun.Open(settings, resume: false, _ => { });
        Assert.Null(run.Disk);
    }

    [Fact]
    public void Run_Adapters_LowerTheLossAndLeaveTheBaseAlone()
    {
        var (_, observer) = SmallRun.Train(
            _small
                .Settings("run")
                .Change(s => s with { Batches = s.Batches with { MaxSteps = 30 }, Checkpoints = s.Checkpoints with { SaveSteps = 30 } }),
            resume: false
        );
        Assert.True(observer.Steps[^1].Loss < 0.6 * observer.Steps[0].Loss, $"{observer.Steps[0].Loss} to {observer.Steps[^1].Loss}");
        Assert.All(observer.Start!.Trainable, t => Assert.StartsWith("language_model", t.Kind));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(Repository.Reference("moe"), "model", "model.safetensors")),
            File.ReadAllBytes(Path.Combine(_small.Model, "model.safetensors"))
        );
    }

    [Fact]
    public void Run_OneStepOfTwoMicroBatches_AveragesOverAllAnswerTokens()
    {
        var one = _small
            .Settings("one")
            .Change(s => s with { Batches = s.Batches with { MaxSteps = 1, MicroBatchTokens = 100_000, GradientAccumulation = 1 } });
        var many = one with
        {
            Output = Path.Combine(_small.Folder, "many"),
            Batches = one.Batches with { MicroBatchTokens = 400, GradientAccumulation = 100 },
        };
        var (a, b) = (SmallRun.Train(one, false).Observer.Steps[0], SmallRun.Train(many, false).Observer.Steps[0]);
        Assert.Equal(a.AnswerTokens, b.AnswerTokens);
        Assert.Equal(a.Loss, b.Loss, 1e-4);
        Assert.Equal(a.GradientNorm, b.GradientNorm, 1e-3);
    }

    [Fact]
    public void Run_AnyRecomputation_WritesTheSameBytes()
    {
        byte[]? expected = null;
        foreach (var recompute in (string[])["none", "1", "3", "all", "auto"])
        {
            var settings = _small
                .Settings(recompute)
                .Change(s =>
                    s with
                    {
                        Engine = s.Engine with { Recompute = RecomputeSetting.Parse(recompute) },
                        Trainable = s.Trainable with { Targets = ["attention", "mlp", "vision"], LoraDropout = 0.1 },
                        Batches = s.Batches with { MaxSteps = 3 },
                    }
                );
            var (end, _) = SmallRun.Train(settings, resume: false);
            var bytes = File.ReadAllBytes(Path.Combine(end.LastCheckpoint!, "optimizer.safetensors"));
            Assert.Equal(expected ??= bytes, bytes);
        }
    }

    [Fact]
    public void Run_Patience_StopsEarlyAndKeepsTheBest()
    {
        // At this rate the held-out loss soon rises.
        var settings = _small
            .Settings("early")
            .Change(s =>
                s with
                {
                    Batches = s.Batches with { MaxSteps = 60, SharePrefixes = false },
                    Optimizer = s.Optimizer with { LearningRate = 0.5, Warmup = 0 },
                    Validation = s.Validation with { Patience = 2, Steps = 1 },
                }
            );
        var (end, observer) = SmallRun.Train(settings, resume: false);
        Assert.Equal(TuneEndReason.EarlyStop, end.Reason);
        Assert.Equal(observer.Validations.Where(v => v.Step > 0).Min(v => v.Loss), end.BestLoss);
        Assert.True(File.Exists(Path.Combine(end.BestCheckpoint!, "adapter_model.safetensors")));
    }

    [Fact]
    public void Run_StoppedBeforeItsFirstValidation_HasNoBestCheckpoint()
    {
        var settings = _small.Settings("stopped").Change(s => s with { Validation = s.Validation with { Steps = 4 } });
        var (end, observer) = SmallRun.Train(settings, resume: false, stopAfter: 1);
        Assert.Equal(TuneEndReason.Interrupted, end.Reason);
        Assert.Equal(0, Assert.Single(observer.Validations).Step);
        Assert.True(Directory.Exists(end.LastCheckpoint));
        Assert.Null(end.BestCheckpoint);
    }

    [Fact]
    public void Open_FinishedRunWithoutResume_IsRefused()
    {
        var settings = _small.Settings("twice").Change(s => s with { Batches = s.Batches with { MaxSteps = 1 } });
        SmallRun.Train(settings, resume: false);
        var refused = Assert.Throws<InputException>(() => SmallRun.Train(settings, resume: false));
        Assert.Contains("add `resume`", refused.Message);
    }

    [Fact]
    public void Resume_OtherData_IsRefused()
    {
        var settings = _small.Settings("changed");
        SmallRun.Train(settings, resume: false, stopAfter: 1);
        var file = Path.Combine(_small.Data, "train.jsonl");
        File.WriteAllText(file, File.ReadAllText(file).Replace("part 7", "part 8"));
        var refused = Assert.Throws<InputException>(() => SmallRun.Train(settings, resume: true));
        Assert.Contains("other samples", refused.Message);
    }

    [Fact]
    public void Resume_FlippedByteInNewest_UsesTheOneBefore()
    {
        var settings = _small.Settings("flipped") with { Validation = new() { Share = 0 } }; // so that no improvement saves between
        var (whole, _) = SmallRun.Train(settings, resume: false);
        var expected = File.ReadAllBytes(Path.Combine(whole.LastCheckpoint!, "adapter_model.safetensors"));
        var bytes = (byte[])expected.Clone();
        bytes[^1] ^= 1;
        File.WriteAllBytes(Path.Combine(whole.LastCheckpoint!, "adapter_model.safetensors"), bytes);

        var (again, observer) = SmallRun.Train(settings, resume: true);

        Assert.Contains(observer.Messages, m => m.Contains("adapter_model.safetensors", StringComparison.Ordinal));
        Assert.Equal(5, observer.Steps[0].Step); // behind checkpoint-4
        Assert.Equal(expected, File.ReadAllBytes(Path.Combine(again.LastCheckpoint!, "adapter_model.safetensors")));
    }

    [Theory]
    [InlineData("nothing_like_it")]
    [InlineData("lm_head")]
    public void Open_TargetThatMatchesNothing_IsRefused(string target)
    {
        var settings = _small.Settings("target").Change(s => s with { Trainable = s.Trainable with { Targets = ["attention", target] } });
        var refused = Assert.Throws<InputException>(() => SmallRun.Train(settings, resume: false));
        Assert.Contains($"`target {target}`: ", refused.Message);
    }
}
