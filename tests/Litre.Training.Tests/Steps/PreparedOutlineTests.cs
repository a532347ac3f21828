using Litre.Core;
using Litre.Model;
using Litre.Model.Vision;
using Litre.Model.Weights;
using Litre.Planning;
using Litre.Torch;
using Litre.Training.Steps;
using Litre.Training.Tuning;
using Shared;

namespace Litre.Training.Tests.Steps;

public sealed class PreparedOutlineTests
{
    [Theory]
    [InlineData(0, "attention", DeviceType.Cuda)]
    [InlineData(5, "mlp", DeviceType.Cuda)]
    [InlineData(0, "vision", DeviceType.Cuda)]
    [InlineData(5, "attention", DeviceType.Cpu)]
    public void Candidates_RandomData_HoldTheWorstOfAllMicroBatches(int experts, string target, DeviceType kernels)
    {
        var config = TinyModels.Config(experts);
        var random = new Random(experts + target.Length);
        ModelSample[] samples = [.. Enumerable.Range(0, 60).SelectMany(i => Questions(i, random.Next(1, 5)))];
        var settings = new TuneSettings
        {
            Batches = new() { MicroBatchTokens = 500, Epochs = 2 },
            Trainable = new() { LoraRank = 4, Targets = [target] },
            Engine = new() { DType = DType.BFloat16 },
        };
        using var rehearsal = new MetaDryRun(
            config,
            CheckpointShape.Expected(config),
            settings,
            kernels,
            shared: kernels == DeviceType.Cpu
        );
        var steps = PreparedOutline.Of(samples, config, settings.Batches, settings.Seed);

        foreach (var recompute in (RecomputeSetting[])[RecomputeSetting.None, RecomputeSetting.All])
        {
            var choice = settings with { Engine = settings.Engine with { Recompute = recompute } };
            var planned = steps.Candidates.Max(b => rehearsal.Step(choice, [b]).TensorBytes);
            var worst = All().Max(b => rehearsal.Step(choice, [b]).TensorBytes);
            Assert.Equal(worst, planned);
        }

        // Questions about the same images: their tokens are shared in a pass.
        IEnumerable<ModelSample> Questions(int key, int count)
        {
            VisionGrid[] grids =
            [
                .. Enumerable.Range(0, random.Next(4)).Select(_ => new VisionGrid(1, 2 * random.Next(1, 8), 2 * random.Next(1, 8))),
            ];
            var first = SyntheticSample.Make(config, grids, random.Next(20, 200), random.Next(1, 15), random) with
            {
                ImageKeys = [.. grids.Select((_, g) => $"{key}/{g}")],
            };
            for (var i = 0; i < count; i++)
            {
                int[] more = [.. Enumerable.Range(0, i * random.Next(1, 20)).Select(_ => 1)];
                yield return first with
                {
                    Ids = [.. first.Ids, .. more],
                    Labels = [.. first.Labels!, .. more],
                };
            }
        }

        IEnumerable<ModelSample[]> All()
        {
            var order = new TrainingOrder(samples, config, settings.Batches, settings.Seed);
            for (var step = 1; step <= order.TotalSteps; step++)
                foreach (var batch in order.MicroBatches(step))
                    yield return [.. batch.Select(i => samples[i])];
        }
    }

    [Fact]
    public void Of_SamplesTooLongOrWithoutAnswer_AreLeftOutAndCounted()
    {
        var config = TinyModels.Config();
        var steps = PreparedOutline.Of(
            [Sample(100, 5), Sample(100, 0), Sample(700, 5), Sample(80, 5)],
            config,
            new BatchSettings
            {
                MicroBatchTokens = 500,
                Epochs = 2,
                GradientAccumulation = 1,
            },
            42
        );
        Assert.Equal(2, steps.LeftOut);
        Assert.Equal(180, steps.TokensPerEpoch);
        Assert.Equal((1, 2), (steps.StepsPerEpoch, steps.TotalSteps));

        ModelSample Sample(int text, int answer) => SyntheticSample.Make(config, [], text, answer, new Random(1));
    }

    [Fact]
    public void Of_NothingFits_OneLineWithTheRemedy()
    {
        var sample = SyntheticSample.Make(TinyModels.Config(), [], 700, 5, new Random(1));
        var refused = Assert.Throws<InputException>(() =>
            PreparedOutline.Of([sample], TinyModels.Config(), new BatchSettings { MicroBatchTokens = 500 }, 42)
        );
        Assert.Contains("at most 500 tokens", refused.Message);
        Assert.Contains("raise `micro-batch-tokens`", refused.Message);
    }

    [Fact]
    public void Prompt_Sample_EndsWhereItsLastAnswerBegins()
    {
        var sample = new ModelSample([1, 2, 3, 4, 5, 6, 7], [-100, 2, -100, -100, 5, 6, -100], [], null);
        Assert.Equal([1, 2, 3, 4], PlanData.Prompt(sample).Ids);
    }
}
