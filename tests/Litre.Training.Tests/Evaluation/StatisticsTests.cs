using System.Diagnostics;
using Litre.Evaluation.Statistics;
using Shared;

namespace Litre.Training.Tests.Evaluation;

public sealed class StatisticsTests
{
    [Fact]
    public void SignFlip_KnownSmallCases_AreExact()
    {
        Assert.Equal(1, SignFlipTest.PValue([], 0));
        Assert.Equal(1, SignFlipTest.PValue([0, 0], 0));
        Assert.Equal(1, SignFlipTest.PValue([3], 0));
        // All five the same way: 2 of 32 patterns.
        Assert.Equal(2.0 / 32, SignFlipTest.PValue([1, 1, 1, 1, 1, 0], 0), 12);
        // Sums of {±1 ±2 ±3} at least 4 from zero: 6, 4, -4, -6, two each of one pattern.
        Assert.Equal(4.0 / 8, SignFlipTest.PValue([-1, 2, 3], 0), 12);
        Assert.Equal(2.0 / 8, SignFlipTest.PValue([1, 2, 3], 0), 12);
        // McNemar's exact test: 1 loss, 9 wins of 10.
        Assert.Equal(2.0 * (1 + 10) / 1024, SignFlipTest.PValue([-1, .. Enumerable.Repeat(1.0, 9)], 0), 12);
        Assert.InRange(SignFlipTest.PValue(Enumerable.Repeat(1.0, 5000), 0), 0, 1e-300);
        Assert.Equal(double.NaN, SignFlipTest.PValue([1, double.NaN], 0));
    }

    [Fact]
    public void SignFlip_SampledPatterns_AgreeWithExactOnes() =>
        Property.Holds(
            10,
            random =>
            {
                var d = Enumerable.Range(0, SignFlipTest.LargestExact).Select(_ => random.NextDouble() - 0.35).ToArray();
                // One more sample that hardly weighs sends the same question to the random patterns.
                Assert.Equal(SignFlipTest.PValue(d, 1), SignFlipTest.PValue([.. d, 1e-9], 1), 0.02);
            }
        );

    [Fact]
    public void SignFlip_NoDifference_RejectsAsOftenAsItSays()
    {
        var random = new Random(4);
        var rejected = Enumerable
            .Range(0, 1000)
            .Count(trial => SignFlipTest.PValue([.. Enumerable.Range(0, 12).Select(_ => random.NextDouble() - 0.5)], 0) < 0.05);
        Assert.InRange(rejected, 25, 75); // 50 expected; five standard deviations are 34
    }

    [Theory]
    [InlineData(40, false)]
    [InlineData(120, true)]
    public void Bootstrap_SimulatedData_CoversTheTruth(int samples, bool weighted)
    {
        const double Truth = 0.6;
        const int Trials = 300;
        var random = new Random(8);
        var covered = 0;
        for (var trial = 0; trial < Trials; trial++)
        {
            var drawn = Enumerable
                .Range(0, samples)
                .Select(_ => new Observation(random.NextDouble() < Truth ? 1 : 0, null, weighted ? random.Between(1, 5) : 1))
                .ToList();
            var (interval, _, _) = Bootstrap.Run(drawn, (ulong)trial, resamples: 500);
            if (interval.Low <= Truth && Truth <= interval.High)
                covered++;
        }
        Assert.InRange(covered / (double)Trials, 0.89, 0.99);
    }

    [Fact]
    public void Bootstrap_PairedDifference_IsNarrowerThanUnpaired()
    {
        var random = new Random(2);
        var pairs = Enumerable.Range(0, 200).Select(_ => random.NextDouble()).Select(x => new Observation(x, x + 0.1, 1)).ToList();
        var (mean, tuned, difference) = Bootstrap.Run(pairs, 1);
        Assert.Equal(0.1, difference!.Mean, 12);
        Assert.Equal(0.1, difference.Low!.Value, 9);
        Assert.Equal(tuned!.Mean - mean.Mean, difference.Mean, 12);
        Assert.InRange(mean.High!.Value - mean.Low!.Value, 0.04, 0.12); // 2 * 1.96 * 0.289 / sqrt(200) = 0.080
    }

    [Fact]
    public void Bootstrap_OneSeed_Repeats()
    {
        var random = new Random(2);
        var data = Enumerable.Range(0, 50).Select(_ => new Observation(random.NextDouble(), random.NextDouble(), 1)).ToList();
        Assert.Equal(Bootstrap.Run(data, 7), Bootstrap.Run(data, 7));
        Assert.NotEqual(Bootstrap.Run(data, 7), Bootstrap.Run(data, 8));
    }

    [Fact]
    public void Bootstrap_OneSample_HasNoInterval()
    {
        var (mean, tuned, difference) = Bootstrap.Run([new Observation(0.25, 0.75, 3)], 0);
        Assert.Equal(new Interval(0.25, null, null), mean);
        Assert.Equal(new Interval(0.75, null, null), tuned);
        Assert.Equal(new Interval(0.5, null, null), difference);
    }

    [Fact]
    public void Bootstrap_SamplesAllAlike_ClaimNoInterval()
    {
        var (mean, tuned, _) = Bootstrap.Run([new(0, 1, 2), new(0, 0, 1), new(0, 1, 1)], 0);
        Assert.Equal(new Interval(0, null, null), mean);
        Assert.NotNull(tuned!.Low);
    }

    [Fact]
    public void Bootstrap_ThousandSamples_TakesSeconds()
    {
        var data = Enumerable.Range(0, 1000).Select(i => new Observation(i % 3, i % 2, 1)).ToList();
        var clock = Stopwatch.StartNew();
        Bootstrap.Run(data, 0);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 60);
    }
}
