using Litre.Inference;
using Litre.Model;
using Litre.Torch;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Tuning;

/// <summary>The next step is ready when its turn comes, with its own tokens, and nothing that is not taken is left behind.</summary>
public sealed class RunSamplesTests : IDisposable
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
        var order = new TrainingOrder(
            [.. run.Samples.Train.Select(SampleLoader.Outline)],
            run.Model.Config,
            settings.Batches,
            settings.Seed
        );
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        foreach (var step in (int[])[1, 2, 4]) // 3 was made ready and is not taken
        {
            if (step == 4)
                run.Samples.DropPrefetch();
            var batches = run.Samples.GetStep(step, order);
            Assert.Equal(order.MicroBatches(step).Select(b => b.Length), batches.Select(b => b.Samples.Length));
            foreach (var (batch, indices) in batches.Zip(order.MicroBatches(step)))
            {
                Assert.Equal(indices.Select(i => run.Samples.Train[i].InputIds), batch.Samples.Select(s => s.Ids));
                Assert.Equal(new PackedTokens(batch.Samples, run.Model.Config, share).Angles, batch.Tokens!.Angles);
                batch.ReleaseImages();
            }
        }
        run.Samples.DropPrefetch();
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }
}
