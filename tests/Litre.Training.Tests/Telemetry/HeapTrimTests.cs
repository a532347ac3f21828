using Litre.Torch;
using Litre.Training.Telemetry;

namespace Litre.Training.Tests.Telemetry;

public sealed class HeapTrimTests
{
    [Fact]
    public void Look_BelowThePlanOrOnAGpu_DoesNothing()
    {
        var (within, gpu) = (new HeapTrim(Device.Cpu, 1L << 60), new HeapTrim(Device.Cuda(0), 1));
        within.Look();
        gpu.Look();
        Assert.Equal((0, 0), (within.Times, gpu.Times));
    }

    [Fact]
    public void Look_AboveThePlan_GivesPagesBackOnceUntilTheProcessGrows()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        var heap = new HeapTrim(Device.Cpu, 1);
        heap.Look();
        Assert.Equal(1, heap.Times);
        heap.Look();
        Assert.Equal(1, heap.Times);
    }
}
