using Litre.Model.Files;
using Litre.Model.Weights;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Weights;

public sealed class BlockPlanTests
{
    [Fact]
    public void Of_AnyFile_CoversEveryWantedByteOnceBetweenWholeGrains() =>
        Property.Holds(
            200,
            random =>
            {
                var (entries, fileBytes) = File(random);
                var grains = entries.ToDictionary(e => e.Name, e => (long)e.DType.Bytes() * (random.Flip() ? 1 : e.Shape[^1]));
                var wanted = entries.Where(_ => random.Next(4) > 0).ToList();
                var whole = random.Flip();
                var capacity = BlockPlan.Capacity(wanted, e => grains[e.Name], 1 << random.Between(14, 18));

                var blocks = BlockPlan.Of("f", fileBytes, wanted, e => grains[e.Name], capacity, whole).ToList();

                var at = 0L;
                foreach (var block in blocks)
                {
                    Assert.True(block.Start >= at && block.End > block.Start && block.End <= fileBytes);
                    if (whole)
                        Assert.Equal(at, block.Start);
                    Assert.True(
                        block.ReadStart % BlockFile.Alignment == 0 && BlockFile.RoundUp(block.ReadBytes) <= capacity - BlockFile.Alignment
                    );
                    Assert.All(block.Pieces, p => Assert.True(p.FileStart >= block.Start && p.FileStart + p.Bytes <= block.End));
                    Assert.All(
                        block.Pieces,
                        p => Assert.True(p.Start % grains[p.Entry.Name] == 0 && p.Bytes % grains[p.Entry.Name] == 0 && p.Bytes > 0)
                    );
                    at = block.End;
                }
                if (whole)
                    Assert.Equal(fileBytes, at);
                foreach (var entry in wanted)
                {
                    var next = 0L;
                    foreach (var piece in blocks.SelectMany(b => b.Pieces).Where(p => p.Entry == entry))
                    {
                        Assert.Equal(next, piece.Start);
                        next += piece.Bytes;
                    }
                    Assert.Equal(entry.Bytes, next);
                }
                Assert.Equal(wanted.Sum(e => e.Bytes), blocks.Sum(b => b.Pieces.Sum(p => p.Bytes)));
            }
        );

    [Fact]
    public void Capacity_LargeAndSmall_IsTheBufferAskedForOrWhatIsThere()
    {
        var large = new TensorEntry("a", DType.BFloat16, [1 << 20, 64], "f", 8, 1L << 27);
        var small = new TensorEntry("b", DType.BFloat16, [3], "f", 8, 6);
        Assert.Equal(1 << 24, BlockPlan.Capacity([large, small], _ => 2, 1 << 24));
        Assert.Equal(4 * BlockFile.Alignment, BlockPlan.Capacity([small], _ => 2, 1 << 24));
        Assert.True(BlockPlan.Capacity([large], _ => 1 << 20, 1 << 16) > 1 << 20);
    }

    private static (List<TensorEntry> Entries, long FileBytes) File(Random random)
    {
        var entries = new List<TensorEntry>();
        var at = 8L + random.Between(1, 5000);
        for (var i = random.Between(1, 12); i > 0; i--)
        {
            var dtype = random.Flip() ? DType.BFloat16 : DType.Float32;
            long[] shape = [random.Between(1, 200), random.Between(1, 300)];
            var bytes = shape[0] * shape[1] * dtype.Bytes();
            entries.Add(new TensorEntry($"t{i}", dtype, shape, "f", at, bytes));
            at += bytes;
        }
        return (entries, at);
    }
}
