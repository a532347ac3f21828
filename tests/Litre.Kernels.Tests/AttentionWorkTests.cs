namespace Litre.Kernels.Tests;

public sealed class AttentionWorkTests
{
    // 4 x 2 x 4096 x 32 x 128 x 4096 / 2 = 2.7e11 operations, so that 37 forwards are more than the patience.
    private static readonly AttentionShape Shape = new(2, 4096, 32, 128, Causal: true);

    [Fact]
    public void Operations_Shape_CountBothProductsAndHalfOfACausalMask()
    {
        Assert.Equal(4.0 * 3 * 5 * 7 * 11 * 5, new AttentionShape(3, 5, 7, 11, Causal: false).Operations);
        Assert.Equal(2.0 * 3 * 5 * 7 * 11 * 5, new AttentionShape(3, 5, 7, 11, Causal: true).Operations);
    }

    [Fact]
    public void IsEnough_Inference_ChangesAtOnce()
    {
        var work = new AttentionWork();
        var uses = Uses();
        for (var i = 1; i < uses; i++)
            Assert.False(work.IsEnough(Shape, training: false));
        Assert.True(work.IsEnough(Shape, training: false));
        Assert.False(work.IsEnough(Shape with { Length = 4095 }, training: false));
        Assert.Empty(work.Counts);
    }

    // A layer that the backward runs again must take the kernel of its forward.
    [Fact]
    public void IsEnough_TrainingWithinAStep_NeverChanges()
    {
        var work = new AttentionWork();
        work.BeginStep();
        for (var i = 0; i < 3 * Uses(); i++)
            Assert.False(work.IsEnough(Shape, training: true));
        work.BeginStep();
        Assert.True(work.IsEnough(Shape, training: true));
        Assert.False(work.IsEnough(Shape with { Sequences = 3 }, training: true));
    }

    // Recomputed or not, a run changes at the same step.
    [Fact]
    public void IsEnough_RepeatedForward_CountsOnce()
    {
        var (kept, recomputed) = (new AttentionWork(), new AttentionWork());
        for (var step = 0; step < 60; step++)
        {
            kept.BeginStep();
            recomputed.BeginStep();
            var expected = kept.IsEnough(Shape, training: true);
            Assert.Equal(expected, recomputed.IsEnough(Shape, training: true, repeated: true));
            Assert.Equal(expected, recomputed.IsEnough(Shape, training: true));
        }
        Assert.True(kept.IsEnough(Shape, training: true));
        Assert.Equal(kept.Counts.Single().Operations, recomputed.Counts.Single().Operations + Shape.Operations);
    }

    [Fact]
    public void Restore_CountsOfACheckpoint_ChangesWhereTheUninterruptedRunDoes()
    {
        var whole = new AttentionWork();
        var choices = Enumerable.Range(0, 60).Select(_ => Step(whole)).ToList();
        Assert.Contains(true, choices);
        Assert.False(choices[0]);

        var first = new AttentionWork();
        for (var i = 0; i < 20; i++)
            Step(first);
        // Work of other passes, such as a validation, is not training's.
        for (var i = 0; i < 100; i++)
            first.IsEnough(Shape, training: false);
        var resumed = new AttentionWork();
        resumed.Restore(first.Counts);
        Assert.Equal(choices[20..], Enumerable.Range(0, 40).Select(_ => Step(resumed)));
        Assert.Equal(whole.Counts, resumed.Counts);
    }

    private static int Uses() => (int)(AttentionWork.Patience / Shape.Operations) + 1;

    private static bool Step(AttentionWork work)
    {
        work.BeginStep();
        return work.IsEnough(Shape, training: true);
    }
}
