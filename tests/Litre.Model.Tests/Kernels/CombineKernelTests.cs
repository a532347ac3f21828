using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Kernels;

public sealed class CombineKernelTests
{
    [Fact]
    public void CombineRows_RandomShapes_SumsEachTokensRows() => KernelEmulator.Holds(30, (random, emulator) =>
    {
        var (tokens, chosen, width) = (random.Between(0, 12), random.Between(1, 8), random.Flip() ? 8 * random.Between(1, 300) : random.Between(1, 90));
        var places = Enumerable.Range(0, tokens * chosen).Select(i => (long)i).ToArray();
        random.Shuffle(places);
        var rows = Bf16Values.Random(random, places.Length, width);
        var residual = random.Flip() ? Bf16Values.Random(random, tokens, width) : null;
        var inverse = Tensor.From(places, Device.Cpu);
        var y = emulator.Run(() => [Ops.CombineRows(rows.Tensor, inverse, chosen, residual?.Tensor)])[0];
        var (expected, sizes) = (residual?.Values.ToArray() ?? new double[tokens * width], new double[tokens * width]);
        for (var i = 0; i < expected.Length; i++)
        {
            sizes[i] = Math.Abs(expected[i]);
            for (var j = 0; j < chosen; j++)
            {
                var value = rows[places[i / width * chosen + j] * width + i % width];
                expected[i] += value;
                sizes[i] += Math.Abs(value);
            }
        }
        Bf16Values.Near(expected, y, i => sizes[i]);
    });

    [Fact]
    public void CombineRows_MetaOfCuda_HasTheShapeAndCountsOneOperator()
    {
        using var scope = new TensorScope();
        var meta = Device.Meta(DeviceType.Cuda);
        Ops.Tally = new OperatorTally();
        try
        {
            var y = Ops.CombineRows(Tensor.Empty([6, 16], DType.BFloat16, meta), Tensor.Empty([6], DType.Int64, meta), 2, null);
            Assert.Equal([3, 16], y.Sizes.ToArray());
            Assert.Equal((1, 6 * 32 + 6 * 8 + 3 * 32), (Ops.Tally.Operators, Ops.Tally.Bytes));
        }
        finally
        {
            Ops.Tally = null;
        }
    }
}
