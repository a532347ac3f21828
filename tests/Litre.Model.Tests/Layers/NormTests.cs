using Litre.Model.Layers;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Layers;

public sealed class NormTests
{
    [Fact]
    public void RmsNormBackward_RandomShapes_EqualsCentralDifferences() =>
        Property.Holds(
            30,
            random =>
            {
                var (rows, width) = (random.Between(1, 6), random.Between(1, 9));
                using var norm = new RmsNorm(TinyModels.Weights(random.Next()), "norm", width, 1e-6);
                norm.Weight.Trainable = random.Flip();
                using var x = Tensor.From<double>(random.Doubles(rows * width), [rows, width], Device.Cpu);
                new GradientCheck(random).One<RmsNorm.Saved>(x, [norm.Weight], pass => norm.Forward(x, pass), norm.Backward);
            }
        );

    [Fact]
    public void RmsNormForward_Float64_EqualsItsFormula()
    {
        using var norm = new RmsNorm(TinyModels.Weights(1), "norm", 5, 1e-3);
        using var x = Tensor.From<double>(new Random(2).Doubles(10), [2, 5], Device.Cpu);
        using var y = norm.Forward(x, Pass.Inference).Y;
        var (values, weight, found) = (x.ToDoubles(), norm.Weight.Value.ToDoubles(), y.ToDoubles());
        for (var i = 0; i < found.Length; i++)
        {
            var mean = values.Skip(i / 5 * 5).Take(5).Average(v => v * v);
            Assert.Equal(values[i] / Math.Sqrt(mean + 1e-3) * weight[i % 5], found[i], 1e-12);
        }
    }

    [Fact]
    public void LayerNormBackward_RandomShapes_EqualsCentralDifferences() =>
        Property.Holds(
            30,
            random =>
            {
                var (rows, width) = (random.Between(1, 6), random.Between(3, 9));
                using var norm = new LayerNorm(TinyModels.Weights(random.Next()), "norm", width);
                foreach (var parameter in norm.Parameters)
                    parameter.Trainable = random.Flip();
                using var x = Tensor.From<double>(random.Doubles(rows * width), [rows, width], Device.Cpu);
                new GradientCheck(random).One<LayerNorm.Saved>(x, norm.Parameters, pass => norm.Forward(x, pass), norm.Backward);
            }
        );
}
