using Litre.Core;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Vision;
using Litre.Planning.Benchmarks;
using Litre.Torch;
using Litre.Training.Steps;
using Litre.Training.Tuning;
using Shared;

namespace Litre.Training.Tests.Benchmarks;

public sealed class BenchmarkTests
{
    private static readonly StepWorkload Small = new()
    {
        Samples = 4,
        Grids = [new VisionGrid(1, 4, 4)],
        TextTokens = 12,
        AnswerTokens = 3,
        Steps = 2,
        WarmupSteps = 1,
        LoraRank = 2,
    };

    [Theory]
    [InlineData(0, 1, false, false)]
    [InlineData(0, 2, false, false)]
    [InlineData(4, 2, true, false)]
    [InlineData(4, 1, true, false)]
    [InlineData(0, 1, false, true)]
    public void Run_DescribedSteps_TakeTheTensorsThatWerePlanned(int experts, int questions, bool cached, bool full)
    {
        var result = Run(
            TinyModels.Config(experts),
            Small with
            {
                Questions = questions,
                CachesFeatures = cached,
                Full = full,
                Grids = [new VisionGrid(1, 4, 4), new VisionGrid(1, 4, 2)],
            }
        );
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        Assert.Equal(result.PlannedStep!.TensorBytes, result.Step!.PeakBytes - before);
        Assert.Equal([4 * (12 + 4 + 2), 4 * (12 + 4 + 2)], result.Step.Tokens);
        Assert.Equal(3, result.Step.Losses.Count);
        Assert.All(result.Step.Losses, l => Assert.True(double.IsFinite(l)));
        Assert.Equal(72 / result.Step.StepSeconds, result.Step.TokensPerSecond, 1e-6);
        Assert.Null(result.EpochSeconds);
    }

    [Fact]
    public void Run_Profiled_CountsTheWorkThatTheRehearsalCounts()
    {
        var result = Run(TinyModels.Config(), Small with { Profiles = true });
        var profile = result.Step!.Profile!;
        Assert.Equal(result.Step.Work!.Flops, profile.Operators.Sum(o => o.Flops), 1e-3);
        Assert.InRange(profile.Operators.Sum(o => o.Bytes) / result.Step.Work.Bytes, 0.9, 1.1);
        Assert.Equal(profile.Operators.Sum(o => o.Seconds), profile.ByPart.Sum(o => o.Seconds), 1e-9);
        Assert.Equal(profile.Operators.Sum(o => o.Calls), profile.ByOperator.Sum(o => o.Calls));
        Assert.InRange(profile.Operators.Sum(o => o.Seconds), 0, profile.Seconds);
        Assert.Equal(
            [
                ModelPart.Other,
                ModelPart.Vision,
                ModelPart.Attention,
                ModelPart.FeedForward,
                ModelPart.Norm,
                ModelPart.Head,
                ModelPart.Optimizer,
            ],
            profile.ByPart.Select(o => o.Part).Order()
        );
    }

    [Fact]
    public void Run_KeptFeatures_TimedStepsDoWithoutTheTower()
    {
        var first = Run(TinyModels.Config(4), Small with { Profiles = true });
        var later = Run(TinyModels.Config(4), Small with { Profiles = true, CachesFeatures = true });
        Assert.Contains(first.Step!.Profile!.Operators, o => o.Part == ModelPart.Vision);
        Assert.DoesNotContain(later.Step!.Profile!.Operators, o => o.Part == ModelPart.Vision);
        Assert.True(later.Step.Work!.Flops < first.Step.Work!.Flops);
        var refusal = Assert.Throws<InputException>(() =>
            Run(TinyModels.Config(), Small with { CachesFeatures = true, Targets = ["vision"] })
        );
        Assert.StartsWith("`cache-features`: ", refusal.Message);
    }

    [Fact]
    public void Run_QuestionsOfAnImage_EncodeItOnce()
    {
        var apart = Run(TinyModels.Config(), Small).Step!.Work!;
        var together = Run(TinyModels.Config(), Small with { Questions = 4 }).Step!.Work!;
        Assert.True(together.Flops < apart.Flops);
    }

    [Fact]
    public void Run_Answers_AreCountedAndFitTheirPlan()
    {
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        var result = Run(
            TinyModels.Config(4),
            Small with
            {
                Steps = 0,
                Generates = true,
                GenerateBatch = 3,
                NewTokens = 5,
                Profiles = true,
            }
        );
        Assert.Null(result.Step);
        var generation = result.Generation!;
        // Without the answer's three tokens.
        Assert.Equal((4, 4 * (9 + 4)), (generation.Prompts, generation.PromptTokens));
        Assert.Equal([(1, 5), (3, 5)], generation.Decodes.Select(d => (d.Batch, d.NewTokens)));
        Assert.All(generation.Decodes, d => Assert.Equal(d.Batch * 4 / d.Seconds, d.TokensPerSecond, 1e-6));
        // Four forwards of three layers with two products and one for the A factors beside each, none of them a prefill's.
        Assert.All(generation.Decodes, d => Assert.DoesNotContain(d.Profile!.Operators, o => o.Part == ModelPart.Vision));
        Assert.All(
            generation.Decodes,
            d => Assert.Equal(4 * 3 * (2 + 2), d.Profile!.Operators.Single(o => o is { Name: "linear", Part: ModelPart.Attention }).Calls)
        );
        Assert.InRange(generation.PeakBytes - before, result.WeightBytes, result.PlannedGeneration!.TensorBytes);
    }

    [Fact]
    public void Describe_QuestionsOfAnImage_ShareKeysAndLeadingTokens()
    {
        var config = TinyModels.Config();
        using var source = new SyntheticSteps(config, Small with { Questions = 2 }, Device.Cpu);
        var samples = source.Outlines[0][0];
        Assert.Equal(["0/0", "0/0", "1/0", "1/0"], samples.Select(s => s.ImageKeys![0]));
        // Start, four merged groups, end; then every question is another.
        Assert.Equal(samples[0].Ids[..6], samples[1].Ids[..6]);
        Assert.NotEqual(samples[0].Ids[6..], samples[1].Ids[6..]);
        var loaded = source.Take(1, StepShare.All)[0].Samples;
        Assert.Same(loaded[0].Pixels, loaded[1].Pixels);
        Assert.NotEqual(loaded[1].Pixels!.ToArray<byte>(), loaded[2].Pixels!.ToArray<byte>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_DataSet_TakesTheRunsOwnMicroBatches(bool cached)
    {
        using var small = new SmallCheckpoint();
        small.AddRows("train.jsonl", 20);
        var config = ModelConfigs.Load(small.Model);
        var workload = Small with { MicroBatchTokens = 700, CachesFeatures = cached, Steps = 3, Profiles = cached };
        using var source = new DataSetSteps(small.Model, config, small.Data, workload, null, 16384);
        var result = Benchmark.Run(config, DType.Float32, Device.Cpu, workload, RecomputeSetting.None, source);
        Assert.Equal(4, source.Outlines.Count);
        Assert.All(source.Outlines, s => Assert.InRange(PrefixGroup.Find(Assert.Single(s), config).Sum(g => g.Tokens(s[0])), 1, 700));
        Assert.Equal(source.Outlines.Skip(1).Select(s => s[0].Sum(x => x.Ids.Length)), result.Step!.Tokens);
        Assert.Equal(source.Outlines.Skip(1).Select(s => s[0].Length), result.Step.Samples);
        Assert.InRange(result.EpochSamples!.Value + result.LeftOut, 10, 20);
        Assert.Equal(result.EpochSamples.Value / result.Step.SamplesPerSecond, result.EpochSeconds!.Value, 1e-6);
        if (cached)
            Assert.DoesNotContain(result.Step.Profile!.Operators, o => o.Part == ModelPart.Vision);
    }

    [Fact]
    public void Run_TooLarge_IsRefusedWithTheAmount()
    {
        var config = ModelConfigs.Load(Repository.Config("Qwen3-VL-235B-A22B-Instruct"));
        var refusal = Assert.Throws<InputException>(() => Run(config, Small));
        Assert.Matches("the step would need [0-9.]+ GiB of memory, but [0-9.]+ GiB are available", refusal.Message);
    }

    private static BenchmarkResult Run(ModelConfig config, StepWorkload workload)
    {
        using var source = new SyntheticSteps(config, workload, Device.Cpu);
        return Benchmark.Run(config, DType.Float32, Device.Cpu, workload, RecomputeSetting.None, source);
    }
}
