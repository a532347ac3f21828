using Litre.Model.Layers;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Layers;

public sealed class LinearTests
{
    [Fact]
    public void Backward_FusedPartsAdaptersDropoutAndFrozenSubsets_EqualsCentralDifferences() =>
        Property.Holds(
            40,
            random =>
            {
                var (tokens, inputs) = (random.Between(1, 7), random.Between(1, 6));
                var source = TinyModels.Weights(random.Next());
                var parts = Enumerable.Range(0, random.Between(1, 3)).Select(i => ($"part{i}", (long)random.Between(1, 5))).ToArray();
                using var linear = new Linear(source, parts, inputs, bias: random.Flip());
                foreach (var part in linear.Parts.Where(_ => random.Flip()))
                {
                    var settings = new LoraSettings(random.Between(1, 3), 4, random.Flip() ? 0.3 : 0, random.Flip());
                    TinyModels.Adapt(part, source, settings);
                }
                var all = linear.Parameters.Concat(linear.Parts.SelectMany(p => p.Lora).SelectMany(l => l.Parameters)).ToList();
                foreach (var parameter in all)
                    parameter.Trainable = random.Flip();
                using var x = Tensor.From<double>(random.Doubles(tokens * inputs), [tokens, inputs], Device.Cpu);
                var masks = random.Flip() ? new DropoutMasks((ulong)random.Next(), random.Next(100)) : null;
                var needInput = random.Next(4) > 0;
                new GradientCheck(random).One<Linear.Saved>(
                    x,
                    all,
                    pass => linear.Forward(x, pass),
                    (dY, saved) => linear.Backward(dY, saved, needInput),
                    masks
                );
            }
        );

    [Fact]
    public void Backward_OnePartFrozenOthersTrained_LeavesTheFrozenOneWithoutGradient()
    {
        var source = TinyModels.Weights(3);
        using var linear = new Linear(source, [("q", 4), ("k", 2), ("v", 2)], 5, bias: true);
        TinyModels.Train(linear.Parameters);
        TinyModels.Train([linear.Parts[1].Weight, linear.Parts[1].Bias!], false);
        using var gradients = new GradientBuffer(linear.Parameters);
        Assert.Null(linear.Parts[1].Weight.Gradient);
        using var x = Tensor.From<double>(new Random(1).Doubles(15), [3, 5], Device.Cpu);
        new GradientCheck(new Random(2)).One<Linear.Saved>(
            x,
            linear.Parameters,
            pass => linear.Forward(x, pass),
            (dY, saved) => linear.Backward(dY, saved)
        );
    }

    [Fact]
    public void Forward_Adapter_EqualsTheWeightWithItsDelta() =>
        Property.Holds(
            20,
            random =>
            {
                var source = TinyModels.Weights(random.Next());
                using var linear = new Linear(source, "module", random.Between(1, 6), random.Between(1, 6), bias: false);
                var weight = linear.Parts[0].Weight.Value;
                var pair = TinyModels.Adapt(linear.Parts[0], source, new LoraSettings(2, 3));
                using var scope = new TensorScope();
                var x = Tensor.From<double>(random.Doubles(4 * weight.Size(1)), [4, weight.Size(1)], Device.Cpu);
                var merged = Ops.Linear(x, Ops.Add(weight, pair.Delta()));
                var adapted = linear.Forward(x, Pass.Inference).Y;
                Assert.All(merged.ToDoubles().Zip(adapted.ToDoubles()), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
            }
        );
}
