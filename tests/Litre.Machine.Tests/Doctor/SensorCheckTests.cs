using Litre.Machine.Doctor;
using Litre.Machine.Governing;
using Litre.Machine.Tests.Governing;

namespace Litre.Machine.Tests.Doctor;

public sealed class SensorCheckTests : IDisposable
{
    private readonly SimulatedMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void Look_EverythingReadable_IsOkWithValues()
    {
        _machine.Memory(90, swapUsedGiB: 1);
        _machine.Pressure(2.5);
        _machine.Gpu(61);
        var findings = Look(hasGpu: true);
        Assert.All(findings, f => Assert.True(f is { Level: FindingLevel.Ok, Advice: null }, f.ToString()));
        Assert.Equal("90.0 of 100.0 GiB available; the governor acts below 6.0, 3.0 and 1.5", Seen("memory", findings));
        Assert.Equal("1.0 GiB in use", Seen("swap", findings));
        Assert.Contains("2.5 % of the last 10 s", Seen("pressure", findings));
        Assert.Equal("61 C; the governor slows a run from 85 C", Seen("temperature", findings));
        Assert.Contains("97 % busy", Seen("power, clocks", findings));
    }

    [Fact]
    public void Look_NothingReadable_SaysWhatTheGovernorDoesWithout()
    {
        var findings = SensorCheck.Check(new GovernorReading(null, null), new GovernorSettings(), hasGpu: true);
        Assert.Equal(["memory", "swap", "pressure", "GPU"], findings.Select(f => f.Name));
        Assert.All(
            findings,
            f =>
                Assert.True(
                    f.Level == FindingLevel.Note
                        && f.Evidence.StartsWith("not readable: ", StringComparison.Ordinal)
                        && f.Advice!.Contains("governor", StringComparison.Ordinal),
                    f.ToString()
                )
        );
    }

    [Fact]
    public void Look_HotAndShortOfMemory_SaysWhatToDo()
    {
        _machine.Memory(2, swapUsedGiB: 4);
        _machine.Pressure(33);
        _machine.Gpu(88, throttle: true);
        var noted = Look(hasGpu: true).Where(f => f.Level == FindingLevel.Note).ToList();
        Assert.Equal(["memory", "swap", "pressure", "temperature", "throttling"], noted.Select(f => f.Name));
        Assert.All(noted, f => Assert.NotNull(f.Advice));
    }

    [Fact]
    public void Look_DriverTellsNothing_NotesHeatAlone()
    {
        _machine.Memory(90);
        _machine.Pressure(0);
        _machine.Write("gpu", "\n");
        Assert.Equal(["temperature", "throttling"], Look(hasGpu: true).Where(f => f.Level == FindingLevel.Note).Select(f => f.Name));
    }

    [Fact]
    public void Look_NoGpu_IsOk()
    {
        var gpu = SensorCheck.Check(
            new GovernorReading(1L << 36, 1L << 35, SwapUsedBytes: 0, PressurePercent: 0),
            new GovernorSettings(),
            hasGpu: false
        )[^1];
        Assert.Equal(("GPU", FindingLevel.Ok), (gpu.Name, gpu.Level));
    }

    private IReadOnlyList<Finding> Look(bool hasGpu) => SensorCheck.Check(_machine.Sources().Read(), new GovernorSettings(), hasGpu);

    private static string Seen(string name, IReadOnlyList<Finding> findings) => Assert.Single(findings, f => f.Name == name).Evidence;
}
