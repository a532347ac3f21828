using Litre.Torch;
using Litre.Training.Benchmarks;
using Litre.Training.Telemetry;

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
    public async Task GpuBusy_Sensor_GivesTheMeanOfItsSamples()
    {
        var values = new Queue<int?>([10, null, 30]);
        using var busy = new GpuBusy(() => values.TryDequeue(out var value) ? value : 50);
        await Task.Delay(350, TestContext.Current.CancellationToken);
        var mean = busy.Stop();
        Assert.InRange(mean!.Value, 20, 50);
        Assert.Equal(mean, busy.Stop());
        Assert.True(values.Count < 3);
    }

    [Fact]
    public void GpuBusy_NoSensor_SaysNothing()
    {
        using var busy = new GpuBusy(Device.Cpu);
        Assert.Null(busy.Stop());
    }
}
