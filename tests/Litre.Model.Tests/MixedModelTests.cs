using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Model.Tests.Layers;
using Litre.Model.Vision;
using Shared;

namespace Litre.Model.Tests;

/// <summary>A model that mixes recurrent layers with attention is trained like any other.</summary>
public sealed class MixedModelTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(5, 0)]
    public void TrainingPass_EveryWeight_EqualsCentralDifferences(int experts, int first) =>
        Property.Holds(
            2,
            random =>
            {
                using var model = TinyModels.Mixed(TinyModels.Config(experts), TinyModels.Weights(random.Next()), first);
                TinyModels.Train(model.Parameters);
                CheckWeights(random, model);
            }
        );

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void TrainingPass_AdaptersWithFrozenSubsets_EqualsCentralDifferences(int experts) =>
        Property.Holds(
            2,
            random =>
            {
                using var model = TinyModels.Mixed(TinyModels.Config(experts), TinyModels.Weights(random.Next()));
                TinyModels.Adapt(model, TinyModels.Weights(random.Next()), new LoraSettings(2, 4));
                Assert.Contains(model.Adapters[0].Updates, u => u.Lora.Module.EndsWith("recurrence.value", StringComparison.Ordinal));
                foreach (var parameter in model.AllParameters)
                    parameter.Trainable = random.Next(3) == 0;
                CheckWeights(random, model);
            }
        );

    [Fact]
    public void TrainingPass_RecomputedOrKept_GivesTheSameBits() =>
        Property.Holds(
            3,
            random =>
            {
                using var model = TinyModels.Mixed(TinyModels.Config(5), TinyModels.Weights(random.Next()), random.Next(2));
                TinyModels.Adapt(model, TinyModels.Weights(random.Next()), new LoraSettings(2, 4, 0.3));
                TinyModels.Train(model.AllParameters);
                using var samples = new Samples(random, model);
                using var batch = samples.Pack(share: random.Flip());
                using var gradients = new GradientBuffer(model.AllParameters);
                var kept = Run(Recompute.None);
                foreach (var recompute in new[] { Recompute.All, new Recompute(1, false), new Recompute(2, true) })
                {
                    var (loss, gradient) = Run(recompute);
                    Assert.Equal(kept.Loss, loss);
                    Assert.Equal(kept.Gradient, gradient);
                }

                (double Loss, double[] Gradient) Run(Recompute recompute)
                {
                    gradients.Zero();
                    using var sum = model.TrainingPass(batch, 0.1, recompute, new DropoutMasks(5, 9));
                    return (sum.Item(), gradients.Flat.ToDoubles());
                }
            }
        );

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void TrainingPass_BeginningsShared_EqualsSeparateSequences(int first) =>
        Property.Holds(
            3,
            random =>
            {
                using var model = TinyModels.Mixed(TinyModels.Config(), TinyModels.Weights(random.Next()), first);
                TinyModels.Train(model.AllParameters);
                using var samples = new Samples(random, model);
                using var gradients = new GradientBuffer(model.AllParameters);
                var separate = Run(false);
                var shared = Run(true);
                Assert.True(shared.Tokens < separate.Tokens, $"{shared.Tokens} tokens against {separate.Tokens}");
                Assert.Equal(separate.Losses, shared.Losses, Close);
                Assert.Equal(separate.Gradient, shared.Gradient, Close);

                (double[] Losses, double[] Gradient, long Tokens) Run(bool share)
                {
                    using var batch = samples.Pack(share);
                    gradients.Zero();
                    model.TrainingPass(batch, 0.1, random.Flip() ? Recompute.All : Recompute.None).Dispose();
                    using var losses = model.TokenLosses(batch);
                    return (losses.ToDoubles(), gradients.Flat.ToDoubles(), batch.Text.Ids.Size(0));
                }
            }
        );

    private static bool Close(double a, double b) => Math.Abs(a - b) < 1e-10;

    private static void CheckWeights(Random random, CausalModel model)
    {
        using var samples = new Samples(random, model);
        using var batch = samples.Pack(share: random.Flip());
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

    /// <summary>Two texts, and two or three questions about one image.</summary>
    private sealed class Samples(Random random, CausalModel model) : IDisposable
    {
        private readonly ModelSample[] _all =
        [
            TinyModels.Sample(random, model.Config, random.Between(1, 3), random.Between(1, 4)),
            .. TinyModels.Questions(random, model.Config, "a", random.Between(2, 3), new VisionGrid(1, 4, 2)),
            TinyModels.Sample(random, model.Config, 1, 2),
        ];

        public PackedBatch Pack(bool share) => PackedBatch.Pack(_all, model.Config, model.DType, model.Device, share);

        public void Dispose()
        {
            foreach (var sample in _all)
                sample.Pixels?.Dispose();
        }
    }
}
