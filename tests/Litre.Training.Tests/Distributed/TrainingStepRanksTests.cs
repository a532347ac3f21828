using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Model.Vision;
using Litre.Torch;
using Litre.Training.Distributed;
using Litre.Training.Steps;
using Litre.Training.Tuning;
using Shared;

namespace Litre.Training.Tests.Distributed;

/// <summary>Ranks that share the micro-batches of a step compute what one rank computes of all of them.</summary>
public sealed class TrainingStepRanksTests
{
    private const double LearningRate = 1e-2;

    private static readonly VisionGrid Image = new(1, 4, 4);

    // The images of each micro-batch, step by step: on both ranks, on one, on the other, on none, and a step of one micro-batch.
    private static readonly VisionGrid[][][] Steps =
    [
        [
            [Image],
            [Image],
        ],
        [
            [Image],
            [],
        ],
        [
            [],
            [Image],
        ],
        [
            [],
            [],
        ],
        [
            [Image],
        ],
        [
            [],
            [Image],
        ],
    ];

    [Theory]
    [InlineData(DType.Float32, 0, 0.0)]
    [InlineData(DType.Float32, 4, 0.0)]
    [InlineData(DType.Float32, 0, 0.2)]
    [InlineData(DType.BFloat16, 4, 0.0)]
    public void Run_TwoRanksWithAMicroBatchEach_AddTheirGradientsBitForBit(DType dtype, int experts, double dropout)
    {
        var settings = Settings(dtype, dropout, "attention", "mlp", "vision");
        var ranks = ThreadRanks.Run(2, ranks => Train(settings, experts, Runner(ranks)));
        var apart = Train(settings, experts, RunApart);
        Assert.All(ranks, rank => AssertSame(apart, rank));
        // What a step's images have not gone through takes no part in it, and on no rank.
        Assert.Equal([5L, 6L], apart.ParameterSteps.Distinct().Order());

        // One rank that accumulates adds some of them within a product, which rounds otherwise.
        var alone = Train(settings, experts, Runner(SingleRank.Instance));
        Assert.Equal(alone.ParameterSteps, ranks[0].ParameterSteps);
        var bound = dtype == DType.Float32 ? 1e-4 : 0.03;
        foreach (var (one, two) in alone.Steps.Zip(ranks[0].Steps))
        {
            Assert.Equal((one.Tokens, one.AnswerTokens), (two.Tokens, two.AnswerTokens));
            Assert.Equal(one.Loss, two.Loss, bound);
        }
    }

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]
    public void Run_TwoRanksWhoseModulesAddGradientsAsTheyAre_IsBitForBitOneRankThatAccumulates(DType dtype)
    {
        var settings = Settings(dtype, 0, "q_proj", "k_proj", "v_proj");
        var alone = Train(settings, 0, Runner(SingleRank.Instance));
        Assert.All(ThreadRanks.Run(2, ranks => Train(settings, 0, Runner(ranks))), rank => AssertSame(alone, rank));
    }

    [Fact]
    public void Run_OneRank_CallsNothingForOthers()
    {
        var settings = Settings(DType.Float32, 0, "attention", "vision");
        Assert.Equal(Calls(SingleRank.Instance), Calls(new Silent()));

        long Calls(ICommunicator ranks)
        {
            var before = Ops.Calls;
            Train(settings, 0, Runner(ranks));
            return Ops.Calls - before;
        }
    }

    private static TuneSettings Settings(DType dtype, double dropout, params string[] targets) =>
        new()
        {
            Batches = new() { GradientAccumulation = 2 },
            Engine = new() { DType = dtype },
            Trainable = new()
            {
                Targets = targets,
                LoraRank = 2,
                LoraAlpha = 4,
                LoraDropout = dropout,
            },
        };

    private static void AssertSame(Outcome expected, Outcome actual)
    {
        Assert.Equal(expected.Steps, actual.Steps);
        Assert.Equal(expected.ParameterSteps, actual.ParameterSteps);
        for (var step = 0; step < Steps.Length; step++)
            Assert.Equal(expected.Gradients[step], actual.Gradients[step]);
        Assert.Equal(expected.Values, actual.Values);
    }

    // A rank's share of a step, by the step itself.
    private static StepRunner Runner(ICommunicator ranks) =>
        (training, _, _, step, batches) =>
        {
            training.Ranks = ranks;
            var share = new StepShare(ranks.Rank, ranks.Size);
            return training.Run(step, [.. batches.Where(b => share.Contains(b.Index))], Recompute.None, LearningRate);
        };

    // Each micro-batch's gradients by themselves, then their sum.
    private static StepOutcome RunApart(TrainingStep training, CausalModel model, TuneSettings settings, int step, PreparedBatch[] batches)
    {
        using var scope = new TensorScope();
        var (gradients, config) = (training.Gradients, model.Config);
        var answers = batches.Sum(b => b.Samples.Sum(s => s.AnswerTokens));
        var sum = Tensor.Zeros(gradients.Flat.Sizes, gradients.Flat.DType, model.Device);
        var loss = Tensor.Zeros([], model.DType.Accumulate(), model.Device);
        var touched = new HashSet<Parameter>();
        foreach (var prepared in batches)
        {
            gradients.Zero();
            using var batch = PackedBatch.Pack(prepared.Samples, config, model.DType, model.Device, share: true);
            var number = (step - 1) * settings.Batches.GradientAccumulation + prepared.Index;
            var dropout = settings.Trainable.LoraDropout > 0 ? new DropoutMasks((ulong)settings.Seed, number) : null;
            Ops.Accumulate(loss, model.TrainingPass(batch, 1.0 / answers, Recompute.None, dropout));
            Ops.Accumulate(sum, gradients.Flat);
            touched.UnionWith(gradients.Parameters.Where(p => p.HasAccumulated));
        }
        gradients.Flat.CopyFrom(sum);
        foreach (var parameter in gradients.Parameters)
            parameter.HasAccumulated = touched.Contains(parameter);
        var norm = training.Optimizer.Step(LearningRate);
        return new StepOutcome(loss.Item() / answers, norm, batches.Sum(b => b.Samples.Sum(s => s.Ids.Length)), answers);
    }

    private static Outcome Train(TuneSettings settings, int experts, StepRunner run)
    {
        var config = TinyModels.Config(experts);
        using var model = new CausalModel(config, TinyModels.Weights(3, settings.Engine.DType));
        TrainablePart.Prepare(model, settings.Trainable, settings.Seed, "");
        using var training = new TrainingStep(settings, model);
        var random = new Random(7);
        List<StepOutcome> steps = [];
        List<double[]> gradients = [];
        for (var step = 1; step <= Steps.Length; step++)
        {
            // All ranks draw the samples of all.
            PreparedBatch[] batches =
            [
                .. Steps[step - 1]
                    .Select((grids, i) => new PreparedBatch([TinyModels.Sample(random, config, 3, 2 + i, grids)]) { Index = i }),
            ];
            steps.Add(run(training, model, settings, step, batches));
            gradients.Add(training.Gradients.Flat.ToDoubles());
            foreach (var batch in batches)
                batch.ReleaseImages();
        }
        using var values = TensorScope.Keep(training.Optimizer.Values());
        return new Outcome(steps, gradients, [.. training.Optimizer.ParameterSteps], values.ToDoubles());
    }

    private delegate StepOutcome StepRunner(
        TrainingStep training,
        CausalModel model,
        TuneSettings settings,
        int step,
        PreparedBatch[] batches
    );

    private sealed record Outcome(List<StepOutcome> Steps, List<double[]> Gradients, long[] ParameterSteps, double[] Values);

    // Of one rank, and with nobody to ask.
    private sealed class Silent : ICommunicator
    {
        public int Rank => 0;

        public int Size => 1;

        public void AllReduce(Tensor tensor) => Assert.Fail("a sum over one rank was asked for");

        public void Broadcast(Tensor tensor, int root) => Assert.Fail("one rank was told something");

        public void Barrier() { }
    }
}
