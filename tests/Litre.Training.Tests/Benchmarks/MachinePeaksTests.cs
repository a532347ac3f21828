using Litre.Machine.Sensors;
using Litre.Planning.Benchmarks;
using Litre.Torch;

namespace Litre.Training.Tests.Benchmarks;

public sealed class MachinePeaksTests
{
    private const long GiB = 1L << 30;

    [Fact]
    public void Measure_Cpu_GivesPlausibleRatesAndItsMemoryBack()
    {
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        var peaks = MachinePeaks.Measure(Device.Cpu, DType.Float32, 4 * GiB);
        // From a slow shared core to a large server.
        Assert.InRange(peaks.FlopsPerSecond, 1e8, 1e14);
        Assert.InRange(peaks.BytesPerSecond, 1e8, 1e13);
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }

    [Theory]
    [InlineData(true, 140, 8192, 2 * GiB)]
    [InlineData(true, 20, 8192, GiB / 2)]
    [InlineData(true, 2, 4096, GiB / 16)]
    [InlineData(false, 16, 768, GiB / 16)]
    public void Sizes_LittleMemory_TakeASmallShareOfIt(bool cuda, int freeGiB, int side, long copy)
    {
        Assert.Equal((side, copy), MachinePeaks.Sizes(cuda, DType.BFloat16, freeGiB * GiB));
        Assert.InRange(3L * side * side * 2, 1, freeGiB * GiB / 16);
        Assert.InRange(2 * copy, 1, freeGiB * GiB / 16);
    }

    [Fact]
    public void GpuBusy_NoSensor_SaysNothing()
    {
        using var busy = new GpuBusy(Device.Cpu);
        Assert.Null(busy.Stop());
    }
}
