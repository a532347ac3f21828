using Litre.Core;
using Litre.Data.Packing;

namespace Litre.Data.Tests.Packing;

public sealed class PackerTests
{
    [Fact]
    public void Plan_RandomLengths_HoldsEverySampleOnceWithinTheBudget()
    {
        var random = new Random(37);
        for (var round = 0; round < 100; round++)
        {
            var lengths = Enumerable.Range(0, random.Next(1, 1500)).Select(_ => random.Next(1, 900)).ToArray();
            var budget = random.Next(lengths.Min(), 2000);
            var plan = new Packer(lengths, budget, (ulong)round, maximumSamples: 8).Plan(round);
            Assert.All(plan.MicroBatches, b => Assert.True(b.Sum(i => lengths[i]) <= budget && b.Length is > 0 and <= 8));
            Assert.Equal(Enumerable.Range(0, lengths.Length), plan.MicroBatches.SelectMany(b => b).Concat(plan.TooLong).Order());
            Assert.All(plan.TooLong, i => Assert.True(lengths[i] > budget));
        }
    }

    [Fact]
    public void Plan_SeedAndEpoch_DecideTheOrder()
    {
        var lengths = Enumerable.Range(0, 500).Select(i => 10 + i % 70).ToArray();
        var first = Flat(new Packer(lengths, 256, 1).Plan(0));
        Assert.Equal(first, Flat(new Packer(lengths, 256, 1).Plan(0)));
        Assert.NotEqual(first, Flat(new Packer(lengths, 256, 1).Plan(1)));
        Assert.NotEqual(first, Flat(new Packer(lengths, 256, 2).Plan(0)));
    }

    [Fact]
    public void Plan_MixedLengths_FillsBatchesAlmostWhole()
    {
        var random = new Random(41);
        var lengths = Enumerable.Range(0, 5000).Select(_ => random.Next(50, 1200)).ToArray();
        var plan = new Packer(lengths, 4096, 3).Plan(0);
        var filled = lengths.Sum(l => (long)l) / (plan.MicroBatches.Count * 4096.0);
        Assert.True(filled > 0.97, $"{filled:P1} filled");
    }

    [Fact]
    public void SeededOrder_KnownSeed_GivesPublishedNumbers()
    {
        // SplitMix64's reference sequence for seed 1234567.
        var random = new SeededOrder(1234567);
        Assert.Equal([6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL], [random.Next(), random.Next(), random.Next()]);
    }

    [Fact]
    public void Packer_BudgetBelowEverySample_SaysTheShortest() =>
        Assert.Contains("the shortest has 30", Assert.Throws<InputException>(() => new Packer([30, 40], 20, 0)).Message);

    private static IEnumerable<int> Flat(PackingPlan plan) => plan.MicroBatches.SelectMany(b => b.Append(-1));
}
