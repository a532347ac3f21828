using Litre.Torch;
using Litre.Training.Telemetry;

namespace Litre.Training.Tests.Telemetry;

public sealed class HeapTrimmerTests
{
    [Fact]
    public void Look_BelowThePlanOrOnAGpu_DoesNothing()
    {
        var (within, gpu) = (new HeapTrimmer(Device.Cpu, 1L << 60), new HeapTrimmer(Device.Cuda(0), 1));
        within.TrimIfNeeded();
        gpu.TrimIfNeeded();
        Assert.Equal((0, 0), (within.TrimCount, gpu.TrimCount));
    }

    [Fact]
    public void Look_AboveThePlan_GivesPagesBackOnceUntilTheProcessGrows()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        var heap = new HeapTrimmer(Device.Cpu, 1);
        heap.TrimIfNeeded();
        Assert.Equal(1, heap.TrimCount);
        heap.TrimIfNeeded();
        Assert.Equal(1, heap.TrimCount);
    }
}
