using Litre.Kernels;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Kernels;

public sealed class CombineKernelTests
{
    [Fact]
    public void CombineRows_RandomShapes_SumsEachTokensRows() =>
        KernelEmulator.Holds(
            30,
            (random, emulator) =>
            {
                var (tokens, chosen, width) = (
                    random.Between(0, 12),
                    random.Between(1, 8),
                    random.Flip() ? 8 * random.Between(1, 300) : random.Between(1, 90)
                );
                var places = Enumerable.Range(0, tokens * chosen).Select(i => (long)i).ToArray();
                random.Shuffle(places);
                var rows = Bf16Values.Random(random, places.Length, width);
                var residual = random.Flip() ? Bf16Values.Random(random, tokens, width) : null;
                var inverse = Tensor.From(places, Device.Cpu);
                var y = emulator.Run(() => [KernelOps.CombineRows(rows.Tensor, inverse, chosen, residual?.Tensor)])[0];
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
            }
        );

    [Fact]
    public void SpreadRows_RandomShapes_CopiesEachRowToItsPlaces() =>
        KernelEmulator.Holds(
            30,
            (random, emulator) =>
            {
                var (tokens, chosen, width) = (
                    random.Between(0, 12),
                    random.Between(1, 16),
                    random.Flip() ? 8 * random.Between(1, 300) : random.Between(1, 90)
                );
                var places = Enumerable.Range(0, tokens * chosen).Select(i => (long)i).ToArray();
                random.Shuffle(places);
                var x = Bf16Values.Random(random, tokens, width);
                var inverse = Tensor.From(places, Device.Cpu);
                var y = emulator.Run(() => [KernelOps.SpreadRows(x.Tensor, inverse, chosen)])[0];
                Assert.Equal([places.Length, width], y.Sizes.ToArray());
                var expected = new double[places.Length * width];
                for (var i = 0; i < places.Length; i++)
                    x.Values.AsSpan(i / chosen * width, width).CopyTo(expected.AsSpan((int)places[i] * width));
                Assert.Equal(expected, y.ToDoubles());
                Assert.Equal(
                    Math.Min(1, tokens),
                    emulator.Started.Distinct().Count(name => name == (width % 8 == 0 ? "spread_8" : "spread_1"))
                );
                emulator.Started.Clear();
            }
        );

    [Fact]
    public void SpreadRows_MetaOfCuda_ReadsEachRowOnce() =>
        MetaOfCuda.Counted(
            (meta, tally) =>
            {
                var y = KernelOps.SpreadRows(Tensor.Empty([3, 16], DType.BFloat16, meta), Tensor.Empty([6], DType.Int64, meta), 2);
                Assert.Equal([6, 16], y.Sizes.ToArray());
                Assert.Equal((1, 3 * 32 + 6 * 8 + 6 * 32), (tally.Operators, tally.Bytes));
            }
        );

    [Fact]
    public void CombineRows_MetaOfCuda_HasTheShapeAndCountsOneOperator() =>
        MetaOfCuda.Counted(
            (meta, tally) =>
            {
                var y = KernelOps.CombineRows(Tensor.Empty([6, 16], DType.BFloat16, meta), Tensor.Empty([6], DType.Int64, meta), 2, null);
                Assert.Equal([3, 16], y.Sizes.ToArray());
                Assert.Equal((1, 6 * 32 + 6 * 8 + 3 * 32), (tally.Operators, tally.Bytes));
            }
        );
}
