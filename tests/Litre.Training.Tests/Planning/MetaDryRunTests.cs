using Litre.Data.Packing;
using Litre.Data.Splits;
using Litre.Inference;
using Litre.Inference.Sampling;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Files;
using Litre.Model.Vision;
using Litre.Model.Weights;
using Litre.Planning;
using Litre.Torch;
using Litre.Training.Tests.Tuning;
using Litre.Training.Tuning;
using Shared;

namespace Litre.Training.Tests.Planning;

/// <summary>What is planned on the meta device against what the same program takes on the CPU, byte for byte.</summary>
public sealed class MetaDryRunTests
{
    public static TheoryData<string, bool, string, DType> Steps
    {
        get
        {
            var data = new TheoryData<string, bool, string, DType>();
            foreach (var reference in (string[])["dense", "moe", "mixed"])
            foreach (var full in (bool[])[false, true])
            foreach (var recompute in (string[])["none", "2", "all"])
                data.Add(reference, full, recompute, recompute == "2" ? DType.BFloat16 : DType.Float32);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Step_RealAndPlanned_HaveTheSamePeak(string reference, bool full, string recompute, DType dtype)
    {
        var folder = Path.Combine(Repository.Reference(reference), "model");
        var settings = Settings(full, dtype)
            .Change(s =>
                s with
                {
                    Trainable = s.Trainable with { LoraDropout = full ? 0 : 0.1, Targets = ["attention", "mlp", "vision"] },
                    Engine = s.Engine with { Recompute = RecomputeSetting.Parse(recompute) },
                }
            );
        AssertSamePeak(ModelConfigs.Load(folder), PlanModel.Open(folder).Shape, settings, () => ModelFiles.Load(folder, dtype, Device.Cpu));
    }

    /// <summary>A family whose layers are of two kinds, from a checkpoint of its own.</summary>
    [Theory]
    [InlineData(0, false, "none")]
    [InlineData(1, false, "2")]
    [InlineData(0, true, "all")]
    public void Step_LayersOfTwoKinds_RealAndPlannedHaveTheSamePeak(int recurrent, bool full, string recompute)
    {
        using var folder = new TemporaryFolder();
        var config = TinyModels.Config(experts: 4) with { Family = new TestFamily(recurrent) };
        var settings = Settings(full, DType.Float32)
            .Change(s =>
                s with
                {
                    Trainable = s.Trainable with { Targets = ["attention", "mlp", "recurrence.gate", "recurrence.out"] },
                    Engine = s.Engine with { Recompute = RecomputeSetting.Parse(recompute) },
                }
            );
        RandomCheckpoint.Write(folder.Path, config, DType.Float32, seed: 3, cancel: TestContext.Current.CancellationToken);
        using var checkpoint = Checkpoint.Open(folder.Path);
        var shape = CheckpointShape.Of(checkpoint, config);
        AssertSamePeak(
            config,
            shape,
            settings,
            () =>
            {
                var source = new CheckpointSource(shape, checkpoint, DType.Float32, Device.Cpu);
                var model = new CausalModel(config, source);
                source.Load(new LoadOptions());
                return model;
            }
        );
    }

    private static void AssertSamePeak(ModelConfig config, CheckpointShape shape, TuneSettings settings, Func<CausalModel> load)
    {
        ModelSample[][] batches =
        [
            [Sample(config, 1, (8, 12)), Sample(config, 2)],
            [Sample(config, 3, (4, 4), (8, 8))],
        ];

        long real;
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        using (var model = load())
        {
            TrainablePart.Prepare(model, settings.Trainable, settings.Seed, settings.Model);
            var loaded = MemoryLedger.LiveBytes(DeviceType.Cpu) - before;
            using var training = new TrainingStep(settings, model);
            var standing = MemoryLedger.LiveBytes(DeviceType.Cpu);
            real =
                PeakOf(() =>
                {
                    using var pixels = new TensorScope();
                    training.Run(1, [.. batches.Select(b => b.Select(WithPixels).ToArray())], settings.Engine.Recompute.Recompute, 1e-4);
                })
                - standing
                + loaded
                + training.Gradients.Flat.Bytes
                + OptimizerBytes(training);
        }
        using var rehearsal = new MetaDryRun(config, shape, settings, DeviceType.Cpu, shared: true);
        Assert.Equal(real, rehearsal.Step(settings, batches).TensorBytes);

        Tensor? Pixels(ModelSample sample) =>
            sample.Grids.Count == 0
                ? null
                : Tensor.Zeros([sample.Grids.Sum(g => (long)g.Patches), config.Vision!.PatchValues], DType.UInt8, Device.Cpu);
        ModelSample WithPixels(ModelSample sample) => sample with { Pixels = Pixels(sample) };
    }

    [Theory]
    [InlineData("dense", DType.Float32)]
    [InlineData("dense", DType.BFloat16)]
    [InlineData("moe", DType.Float32)]
    [InlineData("moe", DType.BFloat16)]
    public void Load_RealAndPlanned_HaveTheSamePeak(string reference, DType dtype)
    {
        foreach (var name in (string[])["model", "model_hub_layout"])
        {
            var folder = Path.Combine(Repository.Reference(reference), name);
            if (!Directory.Exists(folder))
                continue;
            var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
            var real = PeakOf(() => ModelFiles.Load(folder, dtype, Device.Cpu).Dispose()) - before;
            using var rehearsal = Open(folder, Settings(false, dtype));
            Assert.Equal(real, rehearsal.Load.TensorBytes);
        }
    }

    [Theory]
    [InlineData("dense", false, DType.Float32, 0, 0)]
    [InlineData("dense", false, DType.Float32, 1, 0)]
    [InlineData("dense", false, DType.Float32, 0, 1 << 30)]
    [InlineData("dense", false, DType.Float32, 1, 1 << 30)]
    [InlineData("moe", false, DType.BFloat16, 0, 0)]
    [InlineData("moe", false, DType.BFloat16, 1, 0)]
    [InlineData("moe", false, DType.BFloat16, 0, 1 << 30)]
    [InlineData("moe", true, DType.Float32, 1, 1 << 30)]
    [InlineData("moe", true, DType.BFloat16, 1, 0)]
    public void Run_WholeSmallRun_StaysWithinThePlanAndReachesIt(
        string reference,
        bool full,
        DType dtype,
        double featureGiB,
        long diskBytes
    )
    {
        using var small = new SmallRun(reference);
        var settings = small
            .Settings("run")
            .Change(s =>
                s with
                {
                    Trainable = s.Trainable with { Full = full },
                    Engine = s.Engine with { DType = dtype, Recompute = RecomputeSetting.None },
                    Checkpoints = s.Checkpoints with { SaveSteps = 1 },
                    Features = s.Features with { CacheGiB = featureGiB, DiskBytes = diskBytes },
                }
            );
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        using var run = SmallRun.Open(settings, false, _ => { });
        var model = PlanModel.Open(settings.Model);
        using var data = TrainingData.Load(
            settings.Data.Path,
            run.Encoder,
            new SplitOptions(settings.Validation.Share, 0, (ulong)settings.Seed),
            cancel: TestContext.Current.CancellationToken
        );
        var plan = Planner.CreatePlan(
            new PlanRequest("small", model.Config, model.Shape, settings, PlanData.Of(data, run.Encoder), Plenty)
        );

        var real = PeakOf(() => run.Train(false, new RecordingObserver(), TestContext.Current.CancellationToken)) - before;

        // Whether the next step's images are ready at the peak is the background's affair, and whether all other images are
        // known when the worst micro-batch comes that of the order: the plan counts them.
        var perhaps = plan.Batches.PrefetchedPatches * model.Config.Vision!.PatchValues + plan.KeptFeatureBytes;
        // So it is whether features are read ahead, and whether some wait to be written.
        if (diskBytes > 0 && !full)
            perhaps += VisionOutput.BytesOf(model.Config.Vision!, dtype, plan.Batches.PrefetchedPatches) + plan.FeatureBytes;
        Assert.InRange(real, plan.TrainingTensorBytes - perhaps, plan.TrainingTensorBytes);
        Assert.Equal(featureGiB > 0 && !full, plan.KeptFeatureBytes > 0);
        Assert.Equal(diskBytes > 0 && !full, plan.DiskFeatureBytes > 0);
    }

    [Theory]
    [InlineData("dense")]
    [InlineData("moe")]
    public void Answer_RealAndPlanned_HaveTheSamePeak(string reference)
    {
        var folder = Path.Combine(Repository.Reference(reference), "model");
        var settings = Settings(false, DType.Float32).Change(s => s with { Comparison = s.Comparison with { MaxNewTokens = 5 } });
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        using var model = ModelFiles.Load(folder, DType.Float32, Device.Cpu);
        ModelSample[] prompts = [Sample(model.Config, 1, (8, 12)), Sample(model.Config, 2), Sample(model.Config, 3, (4, 4), (8, 8))];
        TrainablePart.Prepare(model, settings.Trainable, settings.Seed, settings.Model);
        var real =
            PeakOf(() =>
            {
                using var scope = new TensorScope();
                new Generator(model).Generate(
                    [
                        .. prompts.Select(p =>
                            p.Grids.Count == 0
                                ? p
                                : p with
                                {
                                    Pixels = Tensor.Zeros(
                                        [p.Grids.Sum(g => (long)g.Patches), model.Config.Vision!.PatchValues],
                                        DType.UInt8,
                                        Device.Cpu
                                    ),
                                }
                        ),
                    ],
                    new GenerationSettings { MaxNewTokens = 5 },
                    cancel: TestContext.Current.CancellationToken
                );
            }) - before;

        using var rehearsal = Open(folder, settings);
        rehearsal.ReleaseTrainingState();
        Assert.Equal(real, rehearsal.GenerateAnswers(settings, prompts).TensorBytes);
    }

    [Theory]
    [InlineData("dense")]
    [InlineData("moe")]
    public void Save_RealAndPlanned_HaveTheSamePeak(string reference)
    {
        using var small = new SmallRun(reference);
        foreach (
            var (full, dtype) in ((bool, DType)[])
                [(false, DType.Float32), (false, DType.BFloat16), (true, DType.Float32), (true, DType.BFloat16)]
        )
        {
            var settings = small
                .Settings("run")
                .Change(s =>
                    s with
                    {
                        Trainable = s.Trainable with { Full = full, LoraRank = 8 },
                        Engine = s.Engine with { DType = dtype },
                    }
                );
            var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
            using var model = ModelFiles.Load(settings.Model, dtype, Device.Cpu);
            TrainablePart.Prepare(model, settings.Trainable, settings.Seed, settings.Model);
            using var training = new TrainingStep(settings, model);
            var folder = Path.Combine(small.Folder, $"saved-{full}-{dtype}");
            Directory.CreateDirectory(folder);
            var real =
                PeakOf(() =>
                {
                    RunFiles.Write(folder, model, training.Gradients, training.Optimizer, new TrainerState(), settings);
                    if (full)
                        SaveVerifier.CheckWeights(folder, model);
                    else
                        SaveVerifier.CheckAdapter(folder, model);
                }) - before;
            using var rehearsal = Open(settings.Model, settings);
            Assert.Equal(real, rehearsal.Save().TensorBytes);
        }
    }

    [Fact]
    public void Step_DetailAsked_PartsAddUpToThePeak()
    {
        var folder = Path.Combine(Repository.Reference("moe"), "model");
        var settings = Settings(false, DType.BFloat16).Change(s => s with { Engine = s.Engine with { Recompute = RecomputeSetting.None } });
        using var rehearsal = Open(folder, settings, DeviceType.Cuda);
        // Long enough that the backward's start is the peak, where everything stands.
        var sample = SyntheticSample.Make(ModelConfigs.Load(folder), [new VisionGrid(1, 4, 4)], 600, 100, new Random(1));
        var step = rehearsal.Step(
            settings,
            [
                [sample],
            ],
            detail: true
        );
        Assert.Equal(step.TensorBytes, step.Parts.Values.Sum());
        foreach (
            var use in (MemoryUse[])
                [
                    MemoryUse.Weights,
                    MemoryUse.Adapters,
                    MemoryUse.Gradients,
                    MemoryUse.Optimizer,
                    MemoryUse.Saved,
                    MemoryUse.Working,
                    MemoryUse.Inputs,
                ]
        )
            Assert.True(step.Parts[use] > 0, use.ToString());
        Assert.Equal(3 * step.Parts[MemoryUse.Gradients], step.Parts[MemoryUse.Optimizer]);
        Assert.True(step.HostBytes > 0);
    }

    [Fact]
    public void Step_OriginsAsked_NameTheMethodAndWhatItWorksFor()
    {
        var folder = Path.Combine(Repository.Reference("moe"), "model");
        var settings = Settings(false, DType.Float32);
        using var rehearsal = new MetaDryRun(
            ModelConfigs.Load(folder),
            PlanModel.Open(folder).Shape,
            settings,
            DeviceType.Cpu,
            true,
            origins: true
        );
        var step = rehearsal.Step(
            settings,
            [
                [Sample(ModelConfigs.Load(folder), 1, (8, 8))],
            ],
            detail: true
        );
        var origins = step.Blocks.Select(b => b.Origin).ToHashSet();
        Assert.Contains("Linear.new in TextAttention", origins);
        Assert.Contains("AdamW.new in TrainingStep", origins);
    }

    private static readonly PlanMachine Plenty = new("test", DeviceType.Cpu, true, 1L << 40, 1L << 40, null, null);

    private static MetaDryRun Open(string folder, TuneSettings settings, DeviceType kernels = DeviceType.Cpu) =>
        new(ModelConfigs.Load(folder), PlanModel.Open(folder).Shape, settings, kernels, shared: kernels == DeviceType.Cpu);

    private static TuneSettings Settings(bool full, DType dtype) =>
        new()
        {
            Trainable = new() { Full = full, LoraRank = 4 },
            Engine = new() { DType = dtype },
            Batches = new() { GradientAccumulation = 2 },
        };

    private static ModelSample Sample(ModelConfig config, int seed, params (int Rows, int Columns)[] images) =>
        SyntheticSample.Make(config, [.. images.Select(p => new VisionGrid(1, p.Rows, p.Columns))], 40 + 7 * seed, 10, new Random(seed));

    private static long OptimizerBytes(TrainingStep training) =>
        training.Optimizer.Means.Bytes + training.Optimizer.Variances.Bytes + (training.Optimizer.Masters?.Bytes ?? 0);

    private static long PeakOf(Action action)
    {
        MemoryLedger.ResetPeak(DeviceType.Cpu);
        action();
        return MemoryLedger.PeakBytes(DeviceType.Cpu);
    }
}
