using Litre.Torch;
using Shared;

namespace Litre.Model.Tests;

/// <summary>The first gradient is copied, later ones are added: the same as adding all of them to zeros.</summary>
public sealed class ParameterTests
{
    [Theory]
    [InlineData(DType.Float64)]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]
    public void AddGradient_FirstAndLater_AreThoseAddedToZeros(DType dtype)
    {
        using var scope = new TensorScope();
        var source = TinyModels.Weights(3, dtype);
        using var parameter = source.Make("p", [6, 5]);
        parameter.Trainable = true;
        using var buffer = new GradientBuffer([parameter]);
        var plain = Tensor.Zeros([6, 5], dtype.Accumulate(), Device.Cpu);
        for (var round = 0; round < 2; round++)
        {
            buffer.Zero();
            plain.Zero();
            // What was there before the clearing must not shine through.
            foreach (var name in (string[])["x", "y"])
            {
                using var added = source.Make(name, [6, 5]);
                parameter.AddGradient(added.Value);
                Ops.Accumulate(plain, added.Value);
                Assert.Equal(plain.ToDoubles(), parameter.Gradient!.ToDoubles());
            }
            using var a = source.Make("a", [6, 7]);
            using var b = source.Make("b", [7, 5]);
            parameter.AddGradientProduct(a.Value, b.Value, 2);
            Ops.AddMatMulInPlace(plain, a.Value, b.Value, 1, 2);
            Assert.Equal(plain.ToDoubles(), parameter.Gradient!.ToDoubles());
        }
        parameter.Gradient!.Fill(double.NaN);
        parameter.Touched = false;
        using var c = source.Make("c", [6, 7]);
        using var d = source.Make("d", [7, 5]);
        parameter.AddGradientProduct(c.Value, d.Value);
        Assert.Equal(Ops.MatMul(c.Value, d.Value).ToDoubles(), parameter.Gradient!.ToDoubles());
    }
}
