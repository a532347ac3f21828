using Litre.Core;
using Litre.Kernels;
using Litre.Model.Families;
using Litre.Model.Vision;
using Litre.Model.Weights;
using Litre.Planning;
using Litre.Torch;
using Litre.Training.Tuning;
using Shared;

namespace Litre.Training.Tests.Planning;

public sealed class PlannerTests
{
    private const long GiB = 1L << 30;

    [Fact]
    public void Make_30BOn24GiB_SaysNoWithTheAmountAndWhatFits()
    {
        var plan = Planner.CreatePlan(Request("Qwen3-VL-30B-A3B-Instruct", "4090"));
        Assert.False(plan.Fits);
        // The weights alone are 57.9 GiB.
        Assert.InRange(plan.MissingBytes, 30 * GiB, 60 * GiB);
        Assert.Equal(plan.PeakBytes - plan.Machine.FreeBytes + plan.Machine.ReserveBytes, plan.MissingBytes);
        Assert.Contains(plan.Alternatives, a => a.Model == "Qwen3-VL-8B-Instruct");
        Assert.All(plan.Alternatives, a => Assert.InRange(a.TotalBytes, GiB, plan.Machine.BudgetBytes));
        Assert.Contains("gb10", plan.OtherMachines);
        Assert.DoesNotContain("3090", plan.OtherMachines);
    }

    [Fact]
    public void Make_30BOnGb10_FitsWithSettingsOfItsOwn()
    {
        var plan = Planner.CreatePlan(Request("Qwen3-VL-30B-A3B-Instruct", "gb10"));
        Assert.True(plan.Fits);
        Assert.Equal(8192, plan.Settings.Batches.MicroBatchTokens * plan.Settings.Batches.GradientAccumulation);
        Assert.NotNull(plan.Settings.Engine.Recompute.Layers);
        Assert.InRange(plan.Time!.LaterStepSeconds, 0.1, 0.99 * plan.Time.First.Seconds);
        Assert.Equal(plan.FeatureBytes, Math.Max(plan.KeptFeatureBytes, plan.DiskFeatureBytes));
        Assert.Equal(["load", "tune", "validate", "save", "evaluate", "merge"], plan.Phases.Select(p => p.Name));
        Assert.All(plan.Phases, p => Assert.Equal(p.TensorBytes, p.Parts.Values.Sum()));
    }

    [Fact]
    public void Make_LessAndLessMemory_RecomputesAsFewLayersAsFit()
    {
        var request = Request("Qwen3-VL-2B-Instruct", "h200") with
        {
            Settings = new TuneSettings
            {
                Batches = new() { MicroBatchTokens = 4096 },
                Trainable = new() { Targets = ["attention"] },
                Engine = new() { DType = DType.BFloat16 },
                Features = new() { CacheGiB = 0 },
            },
        };
        var none = Planner
            .CreatePlan(
                request with
                {
                    Settings = request.Settings with { Engine = request.Settings.Engine with { Recompute = RecomputeSetting.None } },
                }
            )
            .PeakBytes;
        var all = Planner
            .CreatePlan(
                request with
                {
                    Settings = request.Settings with { Engine = request.Settings.Engine with { Recompute = RecomputeSetting.All } },
                }
            )
            .PeakBytes;
        Assert.True(all < none);
        var before = 0;
        for (var tenth = 10; tenth >= 0; tenth -= 2)
        {
            var memory = all + (none - all) * tenth / 10;
            var plan = Planner.CreatePlan(With(request, memory));
            Assert.True(plan.Fits, $"{tenth} tenths");
            Assert.InRange(plan.RecomputedLayers, before, 28);
            if (plan.RecomputedLayers is > 0 and < 28)
            {
                var fewer = request.Settings with
                {
                    Engine = request.Settings.Engine with { Recompute = new RecomputeSetting(plan.RecomputedLayers - 1) },
                };
                Assert.True(Planner.CreatePlan(request with { Settings = fewer }).PeakBytes > memory, "one layer fewer would fit too");
            }
            before = plan.RecomputedLayers;
        }
        // The last layer is the first that the backward takes: recomputing it saves nothing.
        Assert.InRange(before, 27, 28);
        Assert.False(Planner.CreatePlan(With(request, all - 1)).Fits);
    }

    [Fact]
    public void Make_SharedMemoryRunsShort_TradesWhatCostsTheLeastTime()
    {
        var request = Request("Qwen3-VL-2B-Instruct", "gb10");
        request = request with { Settings = request.Settings with { Features = request.Settings.Features with { DiskBytes = 0 } } };
        var plenty = Planner.CreatePlan(request);
        Assert.Equal((0, plenty.FeatureBytes), (plenty.RecomputedLayers, plenty.KeptFeatureBytes));
        var none = Planner.CreatePlan(
            request with
            {
                Settings = request.Settings with { Features = request.Settings.Features with { CacheGiB = 0 } },
            }
        );
        Assert.True(none.PeakBytes < plenty.PeakBytes);

        var between = Planner.CreatePlan(With(request, (none.PeakBytes + plenty.PeakBytes) / 2));
        Assert.True(between.Fits);
        // Two passes of half the tokens: neither a layer recomputed, nor a vision output given up.
        Assert.Equal((2, 4096), (between.Settings.Batches.GradientAccumulation, between.Settings.Batches.MicroBatchTokens));
        Assert.Equal((0, between.FeatureBytes), (between.RecomputedLayers, between.KeptFeatureBytes));
        // In one pass the same memory costs layers or vision outputs, and more time.
        var onePass = request.Settings with
        {
            Batches = request.Settings.Batches with { GradientAccumulation = 1, MicroBatchTokens = 8192 },
        };
        var other = Planner.CreatePlan(With(request with { Settings = onePass }, (none.PeakBytes + plenty.PeakBytes) / 2));
        Assert.True(other.Fits);
        Assert.True(between.Time!.TrainingSeconds < other.Time!.TrainingSeconds);
        Assert.True(between.Time.TrainingSeconds < none.Time!.TrainingSeconds);

        var trained = Planner.CreatePlan(
            request with
            {
                Settings = request.Settings with { Trainable = request.Settings.Trainable with { Targets = ["vision"] } },
            }
        );
        Assert.Equal(0, trained.FeatureBytes);
    }

    [Fact]
    public void Make_RoomOnTheDisk_LaterEpochsNeedNoMemoryForVisionOutputs()
    {
        var request = Request("Qwen3-VL-2B-Instruct", "gb10");
        request = request with { Settings = request.Settings with { Features = request.Settings.Features with { CacheGiB = 0 } } };
        var disk = Planner.CreatePlan(request);
        Assert.Equal((0, disk.FeatureBytes), (disk.KeptFeatureBytes, disk.DiskFeatureBytes));
        var none = Planner.CreatePlan(
            request with
            {
                Settings = request.Settings with { Features = request.Settings.Features with { DiskBytes = 0 } },
            }
        );
        Assert.Equal(0, none.DiskFeatureBytes);
        Assert.True(disk.Time!.LaterStepSeconds < none.Time!.LaterStepSeconds);
        Assert.Equal(none.Time.First, disk.Time.First);

        var half = Planner.CreatePlan(request with { FeatureSpaceBytes = disk.FeatureBytes / 2 });
        Assert.Equal(disk.FeatureBytes / 2, half.DiskFeatureBytes);
        Assert.InRange(half.Time!.LaterStepSeconds, disk.Time.LaterStepSeconds, none.Time.LaterStepSeconds);
        // Read in place of pixels, and waiting to be written: that memory counts.
        Assert.True(disk.PeakBytes > none.PeakBytes);
    }

    [Fact]
    public void Make_PassesLeftOpen_KeepTheTokensOfAStep()
    {
        var request = Request("Qwen3-VL-8B-Instruct", "4090") with
        {
            Settings = new TuneSettings
            {
                Engine = new() { DType = DType.BFloat16 },
                Batches = new() { GradientAccumulation = 2 },
            },
        };
        var plan = Planner.CreatePlan(request);
        Assert.True(plan.Fits);
        Assert.Equal(2 * 8192, plan.Settings.Batches.MicroBatchTokens * plan.Settings.Batches.GradientAccumulation);
    }

    [Fact]
    public void Make_LongSample_GetsAPassOfItsLength()
    {
        var request = Request("Qwen3-VL-2B-Instruct", "h200") with
        {
            Settings = new TuneSettings { Engine = new() { DType = DType.BFloat16 } },
        };
        var longer = SyntheticSample.Make(request.Config, [], 10_000, 20, new Random(1));
        var plan = Planner.CreatePlan(request with { Data = request.Data with { Train = [.. request.Data.Train, longer] } });
        Assert.Equal(10_000, plan.Settings.Batches.MicroBatchTokens);
        Assert.Equal(0, plan.Batches.LeftOut);
    }

    [Fact]
    public void Make_FullOn24GiB_SuggestsAdaptersOfTheSameModel()
    {
        var request = Request("Qwen3-VL-4B-Instruct", "4090") with
        {
            Settings = new TuneSettings
            {
                Trainable = new() { Full = true },
                Engine = new() { DType = DType.BFloat16 },
            },
        };
        var plan = Planner.CreatePlan(request);
        Assert.False(plan.Fits);
        Assert.Equal("without `full`", plan.Alternatives[0].Change);
        Assert.Equal(request.Model, plan.Alternatives[0].Model);
    }

    // Pins a fit: these are four of the six steps measured by benchmarks/speed.sh on an H200 (docs/performance.md) that the shares
    // of MachineProfiles were fitted to. It says nothing about how well another machine or another step is predicted.
    [Theory]
    [InlineData("attention", "none", 288)]
    [InlineData("attention", "all", 381)]
    [InlineData("attention,experts", "none", 376)]
    [InlineData("attention,experts", "all", 494)]
    public void Time_StepsThatTheH200ProfileWasFittedTo_StayWithinATenth(string targets, string recompute, double measuredMs)
    {
        var plan = Measured(targets, recompute);
        Assert.InRange(plan.Time!.First.Seconds * 1000, 0.9 * measuredMs, 1.1 * measuredMs);
    }

    // Fused operations read and write less, start less often, and hold less at once.
    [Theory]
    [InlineData("attention", "none")]
    [InlineData("attention,experts", "all")]
    public void Make_WithKernels_CountsLessTrafficFewerStartsAndNoMoreMemory(string targets, string recompute)
    {
        var (plain, fused) = (Measured(targets, recompute, KernelOptions.Default with { UsesOwn = false }), Measured(targets, recompute));
        Assert.True(fused.Time!.First.TrafficSeconds < plain.Time!.First.TrafficSeconds);
        Assert.True(fused.Time.First.OperatorSeconds < plain.Time.First.OperatorSeconds);
        Assert.Equal(plain.Time.First.Flops, fused.Time.First.Flops);
        Assert.True(
            fused.Peak.TensorBytes <= plain.Peak.TensorBytes,
            $"{fused.Peak.TensorBytes} bytes with kernels, {plain.Peak.TensorBytes} without"
        );
    }

    private static Plan Measured(string targets, string recompute, KernelOptions? kernels = null)
    {
        var config = ModelFamilies.FindPublished("30B")!.Value.Config;
        var sample = SyntheticSample.Make(config, [SyntheticSample.Grid(config, 768)], 122, 32, new Random(1));
        return Planner.CreatePlan(
            new PlanRequest(
                "30B",
                config,
                CheckpointShape.Expected(config),
                new TuneSettings
                {
                    Batches = new() { MicroBatchTokens = 7120 },
                    Trainable = new() { Targets = targets.Split(',') },
                    Engine = new()
                    {
                        Recompute = RecomputeSetting.Parse(recompute),
                        DType = DType.BFloat16,
                        Kernels = kernels ?? KernelOptions.Default,
                    },
                },
                PlanData.Of(sample, 8, 0),
                MachineProfiles.Described(MachineProfiles.Find("h200"), null)
            )
        );
    }

    [Fact]
    public void Explain_Plan_NamesWhatMadeTheLargestTensors()
    {
        var plan = Planner.CreatePlan(Request("Qwen3-VL-2B-Instruct", "4090"));
        var phase = Planner.Explain(plan);
        Assert.Equal(plan.Peak.TensorBytes, phase.TensorBytes);
        Assert.Contains(
            PlanTensors.Group(phase),
            t => t is { Use: MemoryUse.Weights, Count: 28, Origin: "Linear.new in DenseFeedForward" }
        );
    }

    [Fact]
    public void Outside_EveryMachine_HasAName()
    {
        Assert.Equal(MachineProfiles.All.Count, MachineProfiles.All.Select(m => m.Name).Distinct().Count());
        Assert.Equal("h100", MachineProfiles.OfDevice("NVIDIA H100 80GB HBM3")!.Name);
        Assert.Equal("gb10", MachineProfiles.OfDevice("NVIDIA GB10")!.Name);
        Assert.Null(MachineProfiles.OfDevice("Tesla T4"));
        Assert.Contains("choose one of gb10", Assert.Throws<InputException>(() => MachineProfiles.Find("4091")).Message);
    }

    // A machine on which exactly so much may be taken.
    private static PlanRequest With(PlanRequest request, long memory)
    {
        var machine = request.Machine with { FreeBytes = memory };
        while (machine.BudgetBytes < memory)
            machine = machine with { FreeBytes = machine.FreeBytes + memory - machine.BudgetBytes };
        return request with { Machine = machine };
    }

    // The example: 1400 samples of one image and a short text.
    private static PlanRequest Request(string model, string machine)
    {
        var config = ModelConfigs.Load(Repository.Config(model));
        var sample = SyntheticSample.Make(config, [new VisionGrid(1, 48, 64)], 120, 30, new Random(1));
        return new PlanRequest(
            model,
            config,
            CheckpointShape.Expected(config),
            new TuneSettings { Engine = new() { DType = DType.BFloat16 } },
            PlanData.Of(sample, 1400, 0.1),
            MachineProfiles.Described(MachineProfiles.Find(machine), null)
        );
    }
}
