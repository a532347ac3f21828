using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Model.Tests.Layers;
using Litre.Model.Vision;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Objectives;

public sealed class ObjectivePassTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void TrainingPass_WeightedTokens_EqualsCentralDifferences(int experts) =>
        Property.Holds(
            2,
            random =>
            {
                using var model = new CausalModel(TinyModels.Config(experts), TinyModels.Weights(random.Next()));
                TinyModels.Train(model.Parameters);
                Check(random, model, CrossEntropy.Instance);
            }
        );

    // It knows the weights when it has seen all log-probabilities.
    [Fact]
    public void TrainingPass_LossOfWholeAnswers_EqualsCentralDifferences() =>
        Property.Holds(
            2,
            random =>
            {
                using var model = new CausalModel(TinyModels.Config(tied: random.Flip()), TinyModels.Weights(random.Next()));
                TinyModels.Train(model.Parameters);
                Check(random, model, new SquaredSum());
            }
        );

    [Fact]
    public void TrainingPass_WeightOfZero_EqualsAMaskedLabel() =>
        Property.Holds(
            4,
            random =>
            {
                using var model = new CausalModel(TinyModels.Config(), TinyModels.Weights(random.Next()));
                TinyModels.Train(model.Parameters);
                using var gradients = new GradientBuffer(model.Parameters);
                var sample = TinyModels.Sample(random, model.Config, 2, 5);
                var left = sample.Labels!.Select(_ => random.Flip()).ToArray();
                left[^1] = true;
                var (loss, gradient, count) = Run(sample with { Weights = [.. left.Select(l => l ? 1f : 0f)] });
                var (maskedLoss, maskedGradient, maskedCount) = Run(
                    sample with
                    {
                        Labels = [.. sample.Labels!.Select((l, t) => left[t] ? l : ModelSample.NoLoss)],
                    }
                );
                Assert.Equal(maskedLoss, loss, 1e-12);
                Assert.Equal(maskedGradient, gradient, (a, b) => Math.Abs(a - b) < 1e-12);
                Assert.Equal((5, left[^5..].Count(l => l)), (count, maskedCount));

                (double Loss, double[] Gradient, int Count) Run(ModelSample one)
                {
                    using var batch = PackedBatch.Pack([one], model.Config, model.DType, model.Device);
                    gradients.Zero();
                    using var sum = model.TrainingPass(batch, 0.1, Recompute.None);
                    using var held = model.Loss(batch);
                    Assert.Equal(held.Item(), sum.Item(), 1e-12);
                    return (sum.Item(), gradients.Flat.ToDoubles(), batch.AnswerTokens);
                }
            }
        );

    [Fact]
    public void Pack_WeightsOfOne_MakesNoneAndCallsTheSameOperators()
    {
        using var model = new CausalModel(TinyModels.Config(), TinyModels.Weights(1));
        TinyModels.Train(model.Parameters);
        using var gradients = new GradientBuffer(model.Parameters);
        var sample = TinyModels.Sample(new Random(1), model.Config, 2, 5);
        var ones = sample with { Weights = [.. sample.Labels!.Select(_ => 1f)] };
        Assert.Equal(Calls(sample), Calls(ones));
        Assert.NotEqual(Calls(sample), Calls(ones with { Weights = [.. sample.Labels!.Select(_ => 0.5f)] }));

        long Calls(ModelSample one)
        {
            var before = Ops.Calls;
            gradients.Zero();
            using var batch = PackedBatch.Pack([one], model.Config, model.DType, model.Device);
            model.TrainingPass(batch, 1, Recompute.None).Dispose();
            return Ops.Calls - before;
        }
    }

    [Fact]
    public void Pack_OnlySomeSamplesWeighted_WeighsTheOthersOne()
    {
        var config = TinyModels.Config();
        var random = new Random(2);
        var plain = TinyModels.Sample(random, config, 1, 2);
        var weighted = TinyModels.Sample(random, config, 1, 2) with { Weights = [9, 0.25f, -3] };
        using var batch = PackedBatch.Pack([plain, weighted], config, DType.Float32, Device.Cpu);
        Assert.Equal([1, 1, 0.25f, -3], batch.Answers!.Weights!.ToArray<float>());
        var cut = weighted.WithoutPrefix(1, config);
        Assert.Equal([0.25f, -3], cut.Weights!);
    }

    [Fact]
    public void Pack_WeightsOfAnotherLength_AreRefused()
    {
        var config = TinyModels.Config();
        var sample = TinyModels.Sample(new Random(2), config, 1, 2) with { Weights = [1, 2] };
        Assert.Contains(
            "2 weights for 3 labels",
            Assert.Throws<ArgumentException>(() => PackedBatch.Pack([sample], config, DType.Float32, Device.Cpu)).Message
        );
    }

    private static void Check(Random random, CausalModel model, IObjective objective)
    {
        ModelSample[] samples =
        [
            TinyModels.Sample(random, model.Config, 2, 4),
            TinyModels.Sample(random, model.Config, 2, 3, new VisionGrid(1, 4, 2)),
        ];
        samples = [.. samples.Select(s => s with { Weights = [.. random.Doubles(s.Ids.Length).Select(w => (float)w)] })];
        using var batch = PackedBatch.Pack(samples, model.Config, model.DType, model.Device);
        using var gradients = new GradientBuffer(model.AllParameters);
        model.TrainingPass(batch, 0.1, random.Flip() ? Recompute.None : Recompute.All, objective: objective).Dispose();
        var check = new GradientCheck(random);
        foreach (var parameter in gradients.Parameters)
            check.Compare(parameter.Key, parameter.Value, parameter.Gradient!.ToDoubles(), Loss, singles: 1);
        foreach (var sample in samples)
            sample.Pixels?.Dispose();

        double Loss()
        {
            using var loss = model.Loss(batch, objective);
            return loss.Item() * 0.1;
        }
    }

    /// <summary>Half the square of the answers' weighted log-probability.</summary>
    private sealed class SquaredSum : IObjective
    {
        public (Tensor Loss, Tensor? DHidden) Compute(Tensor hidden, Parameter head, Answers answers, double scale, bool save)
        {
            using var scope = new TensorScope();
            var losses = CrossEntropy.PerToken(hidden, head, answers.Targets); // (A)
            var sum = Ops.Sum(Ops.Mul(losses, answers.Weights!), 0);
            var loss = scope.Return(Ops.Mul(Ops.Mul(sum, sum), 0.5));
            if (!save)
                return (loss, null);
            var (_, dHidden) = CrossEntropy.Weighted(hidden, head, answers.Targets, Ops.Mul(answers.Weights!, sum), scale, save);
            return (loss, scope.Return(dHidden!));
        }
    }
}
