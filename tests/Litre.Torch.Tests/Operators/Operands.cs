using Shared;

namespace Litre.Torch.Tests.Operators;

/// <summary>Random operands on the CPU, dense or not, with the same values as managed arrays and as shapes on a meta device.</summary>
internal sealed class Operands(Random random, DType dtype)
{
    // Float32 sums of a few dozen products of numbers below one; float64 has nine digits more.
    private double Tolerance => dtype == DType.Float64 ? 1e-12 : 2e-5;

    public int Size(int least = 1, int most = 5) => random.Between(least, most);

    public (Tensor Cpu, Tensor Meta, Managed Values) Next(params long[] sizes)
    {
        var values = random.Doubles(Shape.Count(sizes));
        if (dtype == DType.Float32)
            values = [.. values.Select(v => (double)(float)v)];
        var tensor = Tensor.From<double>(values, sizes, Device.Cpu).To(dtype);
        var meta = Tensor.Empty(sizes, dtype, Device.Meta());
        if (sizes.Length >= 2 && random.Flip())
        {
            // The same elements in a wider buffer whose last two dimensions are exchanged.
            var wide = sizes.ToArray();
            (wide[^1], wide[^2]) = (sizes[^2] + 2, sizes[^1]);
            tensor = Inside(Device.Cpu).CopyFrom(tensor);
            meta = Inside(Device.Meta());

            Tensor Inside(Device device) => Tensor.Zeros(wide, dtype, device).Slice(-1, 1, sizes[^2]).Transposed();
        }
        return (tensor, meta, new Managed(sizes, values));
    }

    /// <summary>int64 operands from 0 below <paramref name="limit"/>.</summary>
    public (Tensor Cpu, Tensor Meta, long[] Values) Index(long limit, params long[] sizes)
    {
        var values = Enumerable.Range(0, (int)Shape.Count(sizes)).Select(_ => random.NextInt64(limit)).ToArray();
        return (Tensor.From<long>(values, sizes, Device.Cpu), Tensor.Empty(sizes, DType.Int64, Device.Meta()), values);
    }

    public void Equal(Managed expected, Tensor found, Tensor meta)
    {
        Twin(found, meta);
        Assert.Equal(expected.Sizes, found.Sizes.ToArray());
        var values = found.ToDoubles();
        for (var i = 0; i < values.Length; i++)
            Assert.Equal(expected.Values[i], values[i], Tolerance * Math.Max(1, Math.Abs(expected.Values[i])));
    }

    /// <summary>The meta device gives what the CPU gave, but for the values.</summary>
    public static void Twin(Tensor cpu, Tensor meta)
    {
        Assert.True(meta.Device.IsMeta);
        Assert.Equal(cpu.Sizes.ToArray(), meta.Sizes.ToArray());
        Assert.Equal(cpu.DType, meta.DType);
        Assert.Equal(cpu.StorageBytes, meta.StorageBytes);
    }
}
