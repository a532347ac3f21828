using System.Diagnostics;
using Litre.Machine.Sensors;
using Litre.Torch;

namespace Litre.Machine.Tests.Sensors;

public sealed class MachineMonitorTests
{
    [Fact]
    public void Read_OnTheCpu_TellsMemoryAndNothingOfAGpu()
    {
        using var monitor = new MachineMonitor(Device.Cpu);
        var reading = monitor.Read();
        Assert.InRange(reading.ProcessBytes, 10L << 20, 1L << 40);
        Assert.Equal(MachineMemory.TotalBytes(), reading.DeviceTotalBytes);
        Assert.InRange(reading.DeviceUsedBytes!.Value, 1, reading.DeviceTotalBytes!.Value);
        Assert.Null(reading.GpuBusyPercent);
        Assert.Null(reading.TemperatureC);
        Assert.Null(reading.PowerWatts);
    }

    [Fact]
    public void Read_GpuThatIsNotThere_IsNullRatherThanAFailure()
    {
        using var monitor = new MachineMonitor(Device.Cuda(63));
        Assert.Null(monitor.Read().GpuBusyPercent);
    }

    [Fact]
    public void Read_Gpu_TellsWhatTheDriverSupports()
    {
        Assert.SkipUnless(CudaDriver.DeviceCount > 0, "no NVIDIA device: its readings are not checked");
        using var monitor = new MachineMonitor(Device.Cuda());
        var reading = monitor.Read();
        Assert.InRange(reading.DeviceTotalBytes!.Value, 1L << 30, 1L << 42);
        if (reading.TemperatureC is { } temperature)
            Assert.InRange(temperature, 5, 120);
        if (reading.PowerWatts is { } power)
            Assert.InRange(power, 1, 2000);
        if (reading.GpuBusyPercent is { } busy)
            Assert.InRange(busy, 0, 100);
    }

    [Fact]
    public void Read_ManyTimes_AsksTheMachineOnceASecondAtMost()
    {
        using var monitor = new MachineMonitor(Device.Cpu);
        var watch = Stopwatch.StartNew();
        var samples = Enumerable.Range(0, 1000).Select(_ => monitor.Read()).Distinct(ReferenceEqualityComparer.Instance).Count();
        Assert.InRange(samples, 1, 2 + (int)watch.Elapsed.TotalSeconds);
    }

    [Fact]
    public void Read_AfterASecond_IsANewSample()
    {
        using var monitor = new MachineMonitor(Device.Cpu);
        var first = monitor.Read();
        Assert.True(SpinWait.SpinUntil(() => !ReferenceEquals(first, monitor.Read()), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Dispose_Twice_IsHarmless()
    {
        var monitor = new MachineMonitor(Device.Cpu);
        monitor.Dispose();
        monitor.Dispose();
        Assert.True(monitor.Read().ProcessBytes > 0);
    }

    [Theory]
    [InlineData("Name:\tlitre\nVmRSS:\t  204800 kB\nThreads:\t4\n", 204800L * 1024)]
    [InlineData("Name:\tlitre\n", null)]
    [InlineData("VmRSS:\tmuch\n", null)]
    [InlineData("", null)]
    public void ParseResident_KernelText_IsBytes(string status, long? expected) =>
        Assert.Equal(expected, MachineMonitor.ParseResident(status));
}
