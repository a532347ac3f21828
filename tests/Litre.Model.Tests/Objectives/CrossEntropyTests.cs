using Litre.Model.Layers;
using Litre.Model.Objectives;
using Litre.Model.Tests.Layers;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Objectives;

public sealed class CrossEntropyTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Weighted_AnyBlockSize_EqualsCentralDifferencesAndOneBlock(bool weighted) =>
        Property.Holds(
            15,
            random =>
            {
                var (answers, hidden, vocabulary) = (random.Between(1, 9), random.Between(1, 6), random.Between(2, 11));
                var block = (long)vocabulary * random.Between(1, 4);
                using var head = TinyModels.Weights(random.Next()).Make("lm_head.weight", [vocabulary, hidden]);
                head.Trainable = random.Flip();
                using var x = Tensor.From<double>(random.Doubles(answers * hidden), [answers, hidden], Device.Cpu);
                var labels = Enumerable.Range(0, answers).Select(_ => (long)random.Next(vocabulary)).ToArray();
                using var targets = Tensor.From(labels, Device.Cpu);
                using var weights = weighted ? Tensor.From(random.Doubles(answers), Device.Cpu) : null;
                using var gradients = head.Trainable ? new GradientBuffer([head]) : null;
                var scale = random.NextDouble();
                var (sum, dHidden) = CrossEntropy.Weighted(x, head, targets, weights, scale, save: true, block);
                using var _ = dHidden;
                using (sum)
                    Assert.Equal(Loss(CrossEntropy.BlockElements), sum.Item() * scale, 1e-12);
                var check = new GradientCheck(random);
                check.Compare("hidden", x, dHidden!.ToDoubles(), () => Loss(block));
                if (head.Trainable)
                    check.Compare("head", head.Value, head.Gradient!.ToDoubles(), () => Loss(block));

                double Loss(long elements)
                {
                    using var value = CrossEntropy.Weighted(x, head, targets, weights, scale, save: false, elements).Sum;
                    return value.Item() * scale;
                }
            }
        );

    [Fact]
    public void Weighted_AnyWeights_EqualsThePlainComputation() =>
        Property.Holds(
            15,
            random =>
            {
                var (answers, hidden, vocabulary) = (random.Between(1, 9), random.Between(1, 6), random.Between(2, 11));
                using var head = TinyModels.Weights(random.Next()).Make("lm_head.weight", [vocabulary, hidden]);
                var (x, w) = (random.Doubles(answers * hidden), random.Doubles(answers));
                var labels = Enumerable.Range(0, answers).Select(_ => random.Next(vocabulary)).ToArray();
                using var states = Tensor.From<double>(x, [answers, hidden], Device.Cpu);
                using var targets = Tensor.From([.. labels.Select(l => (long)l)], Device.Cpu);
                using var weights = Tensor.From(w, Device.Cpu);
                var values = head.Value.ToDoubles();
                var losses = labels.Select((label, a) => Loss(a, label)).ToArray();
                using var sum = CrossEntropy
                    .Weighted(states, head, targets, weights, 1, save: false, vocabulary * random.Between(1, 4))
                    .Sum;
                Assert.Equal(losses.Zip(w, (loss, weight) => loss * weight).Sum(), sum.Item(), 1e-12);
                using var each = CrossEntropy.PerToken(states, head, targets, vocabulary * random.Between(1, 4));
                Assert.Equal(losses, each.ToDoubles(), (a, b) => Math.Abs(a - b) < 1e-12);

                double Loss(int answer, int label)
                {
                    var logits = Enumerable
                        .Range(0, vocabulary)
                        .Select(v => Enumerable.Range(0, hidden).Sum(i => x[answer * hidden + i] * values[v * hidden + i]))
                        .ToArray();
                    return Math.Log(logits.Sum(Math.Exp)) - logits[label];
                }
            }
        );
}
