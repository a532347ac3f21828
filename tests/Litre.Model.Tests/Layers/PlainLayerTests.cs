using Litre.Kernels;
using Litre.Model.Layers;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Layers;

/// <summary>Layers without weights: rotary embedding and SwiGLU.</summary>
public sealed class PlainLayerTests
{
    [Fact]
    public void RotaryBackward_RandomShapes_EqualsCentralDifferences() =>
        Property.Holds(
            30,
            random =>
            {
                var (tokens, heads, half) = (random.Between(1, 5), random.Between(1, 4), random.Between(1, 4));
                var angles = random.Doubles(tokens * half).Select(a => (float)(a * 50)).ToArray();
                using var rotary = new Rotary(angles, tokens, DType.Float64, Device.Cpu);
                using var x = Tensor.From<double>(random.Doubles(tokens * heads * half * 2), [tokens, heads, half * 2], Device.Cpu);
                new GradientCheck(random).One<object>(x, [], _ => (rotary.Forward(x), rotary), (dY, _) => rotary.Backward(dY));
            }
        );

    [Fact]
    public void RotaryForward_Heads_TurnsEachPairByItsAngle()
    {
        using var rotary = new Rotary([0.5f, 2f], 1, DType.Float64, Device.Cpu);
        using var x = Tensor.From<double>([1, 2, 3, 4], [1, 1, 4], Device.Cpu);
        using var y = rotary.Forward(x);
        var found = y.ToDoubles();
        for (var i = 0; i < 2; i++)
        {
            var (sin, cos) = Math.SinCos(i == 0 ? 0.5 : 2);
            Assert.Equal((1 + i) * cos - (3 + i) * sin, found[i], 1e-6);
            Assert.Equal((3 + i) * cos + (1 + i) * sin, found[i + 2], 1e-6);
        }
    }

    [Fact]
    public void SwiGluBackward_RandomShapes_EqualsCentralDifferences() =>
        Property.Holds(
            30,
            random =>
            {
                var (rows, width) = (random.Between(1, 6), random.Between(1, 9));
                using var x = Tensor.From<double>(random.Doubles(rows * width * 2), [rows, width * 2], Device.Cpu);
                new GradientCheck(random).One<object>(
                    x,
                    [],
                    _ => (SwiGlu.Forward(x, null, new KernelPolicy()), x),
                    (dY, _) => SwiGlu.Backward(dY, x, null, new KernelPolicy()).DX
                );
            }
        );
}
