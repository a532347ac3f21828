using Litre.Core;
using Litre.Data.Splits;

namespace Litre.Data.Tests.Splits;

public sealed class DataSplitterTests
{
    [Fact]
    public void Assign_RandomSharing_NeverPutsAnImageOnBothSides()
    {
        var random = new Random(31);
        for (var round = 0; round < 200; round++)
        {
            var images = random.Next(1, 60);
            var items = Enumerable
                .Range(0, random.Next(2, 120))
                .Select(_ => new SplitItem(null, [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"p{random.Next(images)}")]))
                .ToList();
            var sides = DataSplitter.Assign(items, new SplitOptions(0.2, 0.1, (ulong)round));
            Assert.Empty(DataSplitter.Leaks(items, sides));
            Assert.Contains(DataSplit.Train, sides);
        }
    }

    [Fact]
    public void Assign_ManyImages_HoldsOutTheShare()
    {
        var items = Enumerable.Range(0, 3000).Select(i => new SplitItem(null, [$"p{i / 3}"])).ToList();
        var sides = DataSplitter.Assign(items, new SplitOptions(0.1, 0.2, 1));
        Assert.InRange(sides.Count(s => s == DataSplit.Test), 590, 600);
        Assert.InRange(sides.Count(s => s == DataSplit.Validation), 230, 240);
    }

    [Fact]
    public void Assign_SameSeed_IsTheSameInAnyOrderAndOtherSeedsDiffer()
    {
        var items = Enumerable.Range(0, 200).Select(i => new SplitItem(null, [$"p{i}"])).ToList();
        var one = DataSplitter.Assign(items, new SplitOptions(Seed: 5));
        var reversed = DataSplitter.Assign([.. Enumerable.Reverse(items)], new SplitOptions(Seed: 5));
        Assert.Equal(one, Enumerable.Reverse(reversed));
        Assert.NotEqual(one, DataSplitter.Assign(items, new SplitOptions(Seed: 6)));
    }

    [Fact]
    public void Assign_TwoImages_HoldsOneOut()
    {
        SplitItem[] items = [new(null, ["a"]), new(null, ["a"]), new(null, ["b"])];
        Assert.Equal([DataSplit.Train, DataSplit.Train, DataSplit.Validation], DataSplitter.Assign(items, new SplitOptions()));
    }

    [Fact]
    public void Assign_GivenSides_StandAndLeaksAreFound()
    {
        SplitItem[] items = [new("train", ["a"]), new("validation", ["a"]), new(null, ["b"]), new("test", ["c"])];
        var sides = DataSplitter.Assign(items, new SplitOptions(0.5));
        Assert.Equal([DataSplit.Train, DataSplit.Validation, DataSplit.Train, DataSplit.Test], sides);
        var (content, samples) = Assert.Single(DataSplitter.Leaks(items, sides));
        Assert.Equal("a", content);
        Assert.Equal([0, 1], samples);
    }

    [Fact]
    public void Assign_BadShares_AreRefused() => Assert.Throws<InputException>(() => DataSplitter.Assign([], new SplitOptions(0.9, 0.2)));
}
