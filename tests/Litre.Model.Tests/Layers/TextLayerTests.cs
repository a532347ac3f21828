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
                using var layer = TinyModels.Layer(source, config, 0);
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
}
