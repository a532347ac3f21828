using Litre.Planning;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Planning;

public sealed class RunSpaceTests
{
    // Two factors of rank 16 for each of 48 layers: q, k, v and o, and gate_up and down of 128 experts. Sixteen bytes each:
    // two moments, the value as it is updated, and the adapter's own file.
    [Fact]
    public void Of_30B_IsCountedByItsAdapters()
    {
        const long Attention = 16 * (2048 + 4096 + 2 * (2048 + 512) + 4096 + 2048),
            Experts = 16 * 128 * (2048 + 2 * 768 + 768 + 2048);
        var space = RunSpace.Of(PlanModel.Open("30B"), new TuneSettings { Checkpoints = new() { Keep = 3 } });
        Assert.InRange(space.CheckpointBytes, 48 * (Attention + Experts) * 16, 48 * (Attention + Experts) * 16 + (1 << 20));
        Assert.Equal(5, space.Checkpoints);
        Assert.InRange(space.WeightBytes, 57L << 30, 59L << 30);
    }
}
