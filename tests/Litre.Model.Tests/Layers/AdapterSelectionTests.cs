using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Tests.Layers;

public sealed class AdapterSelectionTests
{
    private static AdapterSelection Of(params int[] slots) => AdapterSelection.Of([.. slots.Select(s => new AdapterRun(s, 1))], Device.Cpu);

    [Fact]
    public void Of_RowsOfOneSlot_IsForAllRows()
    {
        Assert.Equal(2, Of(2, 2, 2).Slot);
        Assert.Same(AdapterSelection.None, Of(-1, -1));
        Assert.Same(AdapterSelection.None, Of());
        Assert.Same(AdapterSelection.First, AdapterSelection.Of(0));
        Assert.Throws<ArgumentException>(() => AdapterSelection.Of(-2));
        using var mixed = Of(0, -1);
        Assert.Null(mixed.Slot);
    }

    [Fact]
    public void Rows_NeighborsAndRowsApart_AreTakenAndPutBack()
    {
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        using (var selection = Of(1, 0, -1, 0, 1, 3, 3))
        using (new TensorScope())
        {
            Assert.Equal([0, 1, 3], selection.Rows.Select(r => r.Slot));
            var x = Tensor.From<double>([0, 1, 2, 3, 4, 5, 6], [7, 1], Device.Cpu);
            foreach (
                var (rows, expected) in selection.Rows.Zip(
                    (double[][])
                        [
                            [1, 3],
                            [0, 4],
                            [5, 6],
                        ]
                )
            )
            {
                var taken = rows.Take(x);
                Assert.Equal(expected, taken.ToDoubles());
                Assert.Same(x, rows.Put(x, taken, Ops.Mul(taken, 10)));
            }
            Assert.Equal([0, 10, 2, 30, 40, 50, 60], x.ToDoubles());
            Assert.Throws<ArgumentException>(() => selection.Rows[0].Take(x.Slice(0, 0, 6)));
        }
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }

    [Fact]
    public void TakeAndGroup_RowsThatChange_FollowThemAndAreFreedWithTheWhole()
    {
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        using (var rows = new TokenRows([5, 0, 2, 1], Device.Cpu))
        using (var selection = Of(1, 1, 0, 0, 1, 1))
        using (new TensorScope())
        {
            var pass = Pass.Inference with { Adapters = selection };
            Assert.Same(pass, pass.Take(null));
            var few = pass.Take(rows).Adapters;
            Assert.Same(few, pass.Take(rows).Adapters);
            var x = Tensor.From<double>([0, 1, 2, 3], [4, 1], Device.Cpu);
            Assert.Equal([2], few.Rows[0].Take(x).ToDoubles());
            Assert.Equal([0, 1, 3], few.Rows[1].Take(x).ToDoubles());
            Assert.Equal([0, 2], pass.Group(2).Adapters.Rows[1].Take(x.Slice(0, 0, 3)).ToDoubles());
            Assert.Throws<ArgumentException>(() => pass.Group(3));
            Assert.Same(Pass.Inference, Pass.Inference.Group(3));
            Assert.Same(Pass.Inference, Pass.Inference.Take(rows));
        }
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }
}
