using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Layers;

public sealed class TextLayerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Backward_FrozenSubsetsAndAdapters_EqualsCentralDifferences(int experts) =>
        Property.Holds(
            6,
            random =>
            {
                var config = TinyModels.Config(experts).Text;
                var source = TinyModels.Weights(random.Next());
                using var layer = new TextLayer(source, config, 0);
                var all = layer.Parameters.ToList();
                foreach (var part in layer.Linears.SelectMany(l => l.Parts).Where(_ => random.Flip()))
                    all.AddRange(TinyModels.Adapt(part, source, new LoraSettings(2, 4, 0.1)).Parameters);
                foreach (var parameter in all)
                    parameter.Trainable = random.Flip();
                int[] lengths = [random.Between(1, 4), 1, random.Between(1, 3)];
                var tokens = lengths.Sum();
                using var layout = new SequenceLayout(lengths, Device.Cpu);
                var angles = random.Doubles(tokens * config.HeadDim / 2).Select(a => (float)a * 9).ToArray();
                using var rotary = new Rotary(angles, tokens, DType.Float64, Device.Cpu);
                using var x = Tensor.From<double>(random.Doubles(tokens * config.HiddenSize), [tokens, config.HiddenSize], Device.Cpu);
                var needInput = random.Next(4) > 0;
                new GradientCheck(random).One<TextLayer.Saved>(
                    x,
                    all,
                    pass => layer.Forward(x, layout, rotary, pass),
                    (dY, saved) => layer.Backward(dY, saved, rotary, needInput),
                    new DropoutMasks(7, 1)
                );
            }
        );

    [Fact]
    public void AnswerLoss_AnyBlockSize_EqualsCentralDifferencesAndOneBlock() =>
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
                using var gradients = head.Trainable ? new GradientBuffer([head]) : null;
                var scale = random.NextDouble();
                var (sum, dHidden) = AnswerLoss.Forward(x, head, targets, scale, save: true, block);
                using var _ = dHidden;
                using (sum)
                    Assert.Equal(Loss(AnswerLoss.BlockElements), sum.Item() * scale, 1e-12);
                var check = new GradientCheck(random);
                check.Compare("hidden", x, dHidden!.ToDoubles(), () => Loss(block));
                if (head.Trainable)
                    check.Compare("head", head.Value, head.Gradient!.ToDoubles(), () => Loss(block));

                double Loss(long elements)
                {
                    using var value = AnswerLoss.Forward(x, head, targets, scale, save: false, elements).Sum;
                    return value.Item() * scale;
                }
            }
        );
}
