using Litre.Model;
using Litre.Torch;
using Litre.Training.Steps;
using Litre.Training.Tests.Tuning;

namespace Litre.Training.Tests.Steps;

/// <summary>The next step is ready when its turn comes, with its own tokens, and nothing that is not taken is left behind.</summary>
public sealed class PreparedStepsTests : IDisposable
{
    private readonly SmallRun _small = new();

    public void Dispose() => _small.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Take_EveryStep_BringsTheTokensOfItsSamples(bool share)
    {
        var settings = _small
            .Settings("run")
            .Change(s => s with { Batches = s.Batches with { GradientAccumulation = 2, MaxSteps = 4, SharePrefixes = share } });
        using var run = SmallRun.Open(settings, false, _ => { });
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        foreach (var step in (int[])[1, 2, 4]) // 3 was made ready and is not taken
        {
            var batches = run.Steps.Take(step, StepShare.All);
            var expected = run.Steps.Outline(step);
            Assert.Equal(expected.Select(b => b.Length), batches.Select(b => b.Samples.Length));
            Assert.Equal(Enumerable.Range(0, batches.Length), batches.Select(b => b.Index));
            foreach (var (batch, outline) in batches.Zip(expected))
            {
                Assert.Equal(outline.Select(s => s.Ids), batch.Samples.Select(s => s.Ids));
                Assert.Equal(new PackedTokens(batch.Samples, run.Model.Config, share).Angles, batch.Tokens!.Angles);
            }
            run.Steps.Return(batches);
        }
        run.Steps.ReleasePrefetched();
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Take_SharesOfAllRanks_AreTheWholeStep(int size)
    {
        var settings = _small.Settings("run").Change(s => s with { Batches = s.Batches with { GradientAccumulation = 3, MaxSteps = 4 } });
        using var run = SmallRun.Open(settings, false, _ => { });
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        for (var step = 1; step <= run.Steps.TotalSteps; step++)
        {
            List<PreparedBatch> shares = [];
            for (var rank = 0; rank < size; rank++)
            {
                var batches = run.Steps.Take(step, new StepShare(rank, size));
                Assert.All(batches, b => Assert.Equal(rank, b.Index % size));
                shares.AddRange(batches);
                run.Steps.Return(batches);
            }
            var expected = run.Steps.Outline(step).Select(b => b.Select(s => s.Ids));
            Assert.Equal(expected, shares.OrderBy(b => b.Index).Select(b => b.Samples.Select(s => s.Ids)));
        }
        run.Steps.ReleasePrefetched();
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }
}
