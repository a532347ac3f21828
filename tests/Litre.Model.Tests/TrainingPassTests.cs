using Litre.Model.Configuration;
using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Model.Tests.Layers;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests;

public sealed class TrainingPassTests
{
    public static TheoryData<int, bool, int[]> Models =>
        new()
        {
            { 0, false, [] },
            { 0, true, [] },
            { 5, false, [] },
            { 5, true, [1] },
        };

    [Theory]
    [MemberData(nameof(Models))]
    public void TrainingPass_EveryWeight_EqualsCentralDifferences(int experts, bool tied, int[] dense) =>
        Property.Holds(
            1,
            random =>
            {
                using var model = Model(random, experts, tied, dense);
                TinyModels.Train(model.Parameters);
                CheckWeights(random, model);
            }
        );

    [Theory]
    [MemberData(nameof(Models))]
    public void TrainingPass_AdaptersWithFrozenSubsets_EqualsCentralDifferences(int experts, bool tied, int[] dense) =>
        Property.Holds(
            2,
            random =>
            {
                using var model = Model(random, experts, tied, dense);
                TinyModels.Adapt(model, TinyModels.Weights(random.Next()), new LoraSettings(2, 4));
                foreach (var parameter in model.AllParameters)
                    parameter.Trainable = random.Next(3) == 0;
                CheckWeights(random, model);
            }
        );

    [Theory]
    [MemberData(nameof(Models))]
    public void TrainingPass_RecomputedOrKept_GivesTheSameBits(int experts, bool tied, int[] dense) =>
        Property.Holds(
            4,
            random =>
            {
                using var model = Model(random, experts, tied, dense);
                TinyModels.Adapt(model, TinyModels.Weights(random.Next()), new LoraSettings(2, 4, 0.3));
                foreach (var parameter in model.AllParameters)
                    parameter.Trainable = random.Flip();
                using var samples = new Samples(random, model.Config, images: true);
                using var batch = PackedBatch.Pack(samples.All, model.Config, model.DType, model.Device);
                using var gradients = new GradientBuffer(model.AllParameters);
                var masks = new DropoutMasks(5, 9);
                var kept = Run(Recompute.None);
                Assert.Contains(kept.Gradient, g => g != 0);
                foreach (var recompute in new[] { Recompute.All, new Recompute(1, false), new Recompute(2, true) })
                {
                    var (loss, gradient) = Run(recompute);
                    Assert.Equal(kept.Loss, loss);
                    Assert.Equal(kept.Gradient, gradient);
                }

                (double Loss, double[] Gradient) Run(Recompute recompute)
                {
                    gradients.Zero();
                    using var sum = model.TrainingPass(batch, 0.1, recompute, masks);
                    return (sum.Item(), gradients.Flat.ToDoubles());
                }
            }
        );

    [Theory]
    [MemberData(nameof(Models))]
    public void TrainingPass_PackedOrOneAtATime_GivesEqualSums(int experts, bool tied, int[] dense) =>
        Property.Holds(
            3,
            random =>
            {
                using var model = Model(random, experts, tied, dense);
                TinyModels.Train(model.Parameters);
                using var samples = new Samples(random, model.Config, images: true);
                using var gradients = new GradientBuffer(model.Parameters);
                var packed = Run([.. samples.All.Select(s => s)]);
                var packedGradient = gradients.Flat.ToDoubles();
                gradients.Zero();
                var alone = samples.All.Sum(s => Run([s]));
                Assert.Equal(packed, alone, 1e-10);
                var singleGradient = gradients.Flat.ToDoubles();
                for (var i = 0; i < packedGradient.Length; i++)
                    Assert.Equal(packedGradient[i], singleGradient[i], 1e-10);

                double Run(ModelSample[] parts)
                {
                    using var batch = PackedBatch.Pack(parts, model.Config, model.DType, model.Device);
                    using var sum = model.TrainingPass(batch, 0.25, Recompute.None);
                    using var loss = model.Loss(batch);
                    Assert.Equal(loss.Item(), sum.Item(), 1e-10);
                    return sum.Item();
                }
            }
        );

    [Fact]
    public void TrainingPass_LayersBelowTheFirstTrained_KeepsNothingOfThem()
    {
        var random = new Random(3);
        using var model = Model(random, 0, false, []);
        using var samples = new Samples(random, model.Config, images: false);
        using var batch = PackedBatch.Pack(samples.All, model.Config, model.DType, model.Device);
        var peaks = new long[2];
        for (var layer = 0; layer < 2; layer++)
        {
            TinyModels.Train(model.AllParameters, false);
            TinyModels.Train(model.Text.Layers[layer == 0 ? 0 : 2].Mixer.Linears.Last().Parameters);
            using var gradients = new GradientBuffer(model.AllParameters);
            var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
            MemoryLedger.ResetPeak(DeviceType.Cpu);
            model.TrainingPass(batch, 1, Recompute.None).Dispose();
            peaks[layer] = MemoryLedger.PeakBytes(DeviceType.Cpu) - before;
        }
        Assert.True(peaks[1] < peaks[0], $"peak with the last layer trained {peaks[1]}, with the first {peaks[0]}");
    }

    [Fact]
    public void TrainingPass_OnlyHeadOrFinalNormTrained_EqualsCentralDifferences() =>
        Property.Holds(
            3,
            random =>
            {
                using var model = Model(random, 0, false, []);
                TinyModels.Train(random.Flip() ? [model.Text.Head] : [model.Text.Norm.Weight]);
                CheckWeights(random, model);
            }
        );

    // The last layer's second half sees answers alone, unless an image's features are added behind it.
    [Theory]
    [InlineData(0, 3)]
    [InlineData(0, 2)]
    [InlineData(5, 3)]
    [InlineData(5, 2)]
    public void Loss_OfAnswerRows_EqualsThatOfAllLogits(int experts, int layers) =>
        Property.Holds(
            2,
            random =>
            {
                using var model = Model(random, experts, false, [], layers);
                using var samples = new Samples(random, model.Config, images: true);
                using var batch = PackedBatch.Pack(samples.All, model.Config, model.DType, model.Device);
                using var scope = new TensorScope();
                var logits = Ops.LogSoftmax(batch.Answers!.Rows.Gather(model.Logits(batch))); // (A, V)
                var wanted = Ops.Gather(logits, batch.Answers!.Targets.View(-1, 1)).ToDoubles();
                Assert.Equal(-wanted.Sum(), model.Loss(batch).Item(), 1e-10);
                foreach (var (found, expected) in model.TokenLosses(batch).ToDoubles().Zip(wanted))
                    Assert.Equal(-expected, found, 1e-10);
            }
        );

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void TrainingPass_FeaturesAddedBehindTheLastLayer_EqualsCentralDifferences(int experts) =>
        Property.Holds(
            2,
            random =>
            {
                using var model = Model(random, experts, false, [], layers: 2);
                TinyModels.Train(model.Parameters);
                CheckWeights(random, model);
            }
        );

    [Fact]
    public void TrainingPass_NoAnswerTokens_SaysSo()
    {
        using var model = Model(new Random(1), 0, false, []);
        using var batch = PackedBatch.Pack([new ModelSample([1], [1], [], null)], model.Config, model.DType, model.Device);
        Assert.Contains("is an answer token", Assert.Throws<ArgumentException>(() => model.TrainingPass(batch, 1, Recompute.None)).Message);
        Assert.Contains("is an answer token", Assert.Throws<ArgumentException>(() => model.Loss(batch)).Message);
    }

    private static void CheckWeights(Random random, CausalModel model)
    {
        using var samples = new Samples(random, model.Config, images: true);
        using var batch = PackedBatch.Pack(samples.All, model.Config, model.DType, model.Device);
        using var gradients = new GradientBuffer(model.AllParameters);
        model.TrainingPass(batch, 0.1, random.Flip() ? Recompute.None : Recompute.All).Dispose();
        var check = new GradientCheck(random);
        foreach (var parameter in gradients.Parameters)
            check.Compare(parameter.Key, parameter.Value, parameter.Gradient!.ToDoubles(), Loss, singles: 1);

        double Loss()
        {
            using var loss = model.Loss(batch);
            return loss.Item() * 0.1;
        }
    }

    private static CausalModel Model(Random random, int experts, bool tied, int[] dense, int layers = 3)
    {
        var config = TinyModels.Config(experts, tied, dense);
        return new(config with { Text = config.Text with { Layers = layers } }, TinyModels.Weights(random.Next()));
    }

    /// <summary>Text alone, an image, and an image with a video, or text alone throughout.</summary>
    private sealed class Samples(Random random, ModelConfig config, bool images) : IDisposable
    {
        public IReadOnlyList<ModelSample> All { get; } =
        [
            TinyModels.Sample(random, config, random.Between(1, 3), random.Between(1, 4)),
            TinyModels.Sample(random, config, random.Between(1, 3), 3, images ? [new VisionGrid(1, 4, 2)] : []),
            TinyModels.Sample(random, config, 1, 2, images ? [new VisionGrid(1, 2, 2), new VisionGrid(2, 2, 4)] : []),
        ];

        public void Dispose()
        {
            foreach (var sample in All)
                sample.Pixels?.Dispose();
        }
    }
}
