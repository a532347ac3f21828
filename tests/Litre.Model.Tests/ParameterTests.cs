using Litre.Model.Layers;
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
        parameter.HasAccumulated = false;
        using var c = source.Make("c", [6, 7]);
        using var d = source.Make("d", [7, 5]);
        parameter.AddGradientProduct(c.Value, d.Value);
        Assert.Equal(Ops.MatMul(c.Value, d.Value).ToDoubles(), parameter.Gradient!.ToDoubles());
    }

    [Theory]
    [InlineData(DType.Float64, 1)]
    [InlineData(DType.BFloat16, 1)]
    [InlineData(DType.BFloat16, 2)]
    public void PendingGradients_FirstAndLater_AreThoseOfOneByOne(DType dtype, double scale)
    {
        using var scope = new TensorScope();
        var source = TinyModels.Weights(3, dtype);
        Parameter[] parameters = [source.Make("p", [6, 5]), source.Make("q", [4, 3]), source.Make("r", [2, 8])];
        Parameter[] plain = [source.Make("p", [6, 5]), source.Make("q", [4, 3]), source.Make("r", [2, 8])];
        foreach (var parameter in parameters.Concat(plain))
            parameter.Trainable = true;
        using var buffer = new GradientBuffer(parameters);
        using var plainBuffer = new GradientBuffer(plain);
        buffer.Flat.Fill(double.NaN);
        // The second round adds; the last parameter comes twice in each.
        for (var round = 0; round < 2; round++)
        {
            var pending = new PendingGradients();
            foreach (var (one, i) in parameters.Append(parameters[2]).Select((p, i) => (p, i)))
            {
                var (a, b) = (
                    source.Make($"a{round}{i}", [one.Value.Size(0), 7]).Value,
                    source.Make($"b{round}{i}", [7, one.Value.Size(1)]).Value
                );
                var other = plain[Math.Min(i, 2)];
                if (i == 1)
                {
                    var value = Ops.MatMul(a, b);
                    pending.Add(one, value);
                    other.AddGradient(value);
                }
                else
                {
                    pending.AddProduct(one, a, b, scale);
                    other.AddGradientProduct(a, b, scale);
                }
                if (round == 0 && i == 2 && dtype == DType.BFloat16)
                    Assert.True(parameters[..3].All(p => p.Gradient!.ToDoubles().All(double.IsNaN)));
            }
            pending.Write();
            Assert.Equal(plainBuffer.Flat.ToDoubles(), buffer.Flat.ToDoubles());
        }
        foreach (var parameter in parameters.Concat(plain))
            parameter.Dispose();
    }

    [Fact]
    public void PendingGradients_AnotherShape_IsRefused()
    {
        using var scope = new TensorScope();
        var source = TinyModels.Weights(3, DType.BFloat16);
        using var parameter = source.Make("p", [6, 5]);
        parameter.Trainable = true;
        using var buffer = new GradientBuffer([parameter]);
        Assert.Contains(
            "p: a gradient",
            Assert
                .Throws<ArgumentException>(() => new PendingGradients().Add(parameter, Tensor.Zeros([5, 6], DType.BFloat16, Device.Cpu)))
                .Message
        );
    }
}
