using Litre.Machine.Governing;

namespace Litre.Machine.Tests.Governing;

public sealed class MachineSourcesTests : IDisposable
{
    private const long GiB = 1L << 30;
    private readonly SimulatedMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void Read_WholeMachine_TellsEverything()
    {
        _machine.Memory(40, swapUsedGiB: 2);
        _machine.Pressure(12.5);
        _machine.Gpu(71, throttle: true);
        _machine.Write($"proc/{SimulatedMachine.Process}/status", "Name:\tlitre\nVmRSS:\t  2048 kB\n");
        var reading = _machine.Sources().Read();
        Assert.Equal(
            (100 * GiB, 40 * GiB, 3 * GiB, 2 * GiB),
            (reading.TotalBytes, reading.AvailableBytes, reading.CacheBytes, reading.SwapUsedBytes)
        );
        Assert.Equal((12.5, 2048L * 1024), (reading.PressurePercent, reading.TrainerBytes));
        Assert.Equal(
            (71, 97, true, null),
            (reading.Gpu!.TemperatureC, reading.Gpu.BusyPercent, reading.Gpu.IsThermallyThrottled, reading.Gpu.TotalBytes)
        );
        Assert.True(reading.IsUnified);
    }

    [Fact]
    public void Read_GroupWithLessRoom_CountsAsTheMachine()
    {
        _machine.Memory(40);
        _machine.Limit(maximumGiB: 8, usedGiB: 6, fileGiB: 1);
        var reading = _machine.Sources().Read();
        Assert.Equal(
            (8 * GiB, 3 * GiB, 1 * GiB, 7.5),
            (reading.TotalBytes, reading.AvailableBytes, reading.CacheBytes, reading.PressurePercent)
        );
    }

    [Fact]
    public void Read_GroupWithMoreRoomThanTheMachine_IsTheMachine()
    {
        _machine.Memory(2);
        _machine.Limit(maximumGiB: 80, usedGiB: 6, fileGiB: 1);
        Assert.Equal((100 * GiB, 2 * GiB), (_machine.Sources().Read().TotalBytes, _machine.Sources().Read().AvailableBytes));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("MemAvailable: much kB\n")]
    public void Read_NothingToRead_IsNull(string? meminfo)
    {
        if (meminfo is not null)
            _machine.Write("proc/meminfo", meminfo);
        Assert.Equal(new GovernorReading(null, null, Gpu: new GpuReading()), _machine.Sources().Read());
    }

    [Fact]
    public void Read_ThisMachine_TellsMemory()
    {
        using var sources = new MachineSources("/", Environment.ProcessId, null);
        var reading = sources.Read();
        Assert.InRange(reading.AvailableBytes!.Value, 1, reading.TotalBytes!.Value);
        Assert.InRange(reading.TrainerBytes!.Value, 1 << 20, reading.TotalBytes.Value);
    }
}
