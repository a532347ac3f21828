using Litre.Machine.Doctor;
using Litre.Machine.Tests.Governing;

namespace Litre.Machine.Tests.Doctor;

public sealed class NetworkCheckTests : IDisposable
{
    private readonly SimulatedMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void Look_NothingThere_IsANoteOfOneLine()
    {
        var findings = NetworkCheck.Check(_machine.Root);
        Assert.Equal([FindingLevel.Ok, FindingLevel.Note], findings.Select(f => f.Level));
        Assert.StartsWith("no ConnectX", findings[1].Evidence);
        Assert.NotNull(findings[1].Advice);
    }

    [Fact]
    public void Look_Links_ShowsDevicesThatAreUpWithTheirSpeed()
    {
        AddLink("eth0", "up", "10000");
        AddLink("eth1", "up", "200000");
        AddLink("wlan0", "up", "-1");
        AddLink("eth2", "down", "1000");
        AddLink("eth3", "up", "100");
        AddLink("lo", "unknown", "-1", type: 772);
        // Made of software: nothing behind it.
        _machine.Write("sys/class/net/docker0/operstate", "up\n");
        _machine.Write("sys/class/net/docker0/speed", "10000\n");
        Assert.Equal(
            "eth0 10 Gb/s, eth1 200 Gb/s, fast enough to connect machines, eth3 100 Mb/s, wlan0 (speed unknown); 1 more down",
            NetworkCheck.Check(_machine.Root)[0].Evidence
        );
    }

    [Fact]
    public void Look_ConnectX_TellsItsPortsAndWhetherTheyAreUp()
    {
        AddPort("mlx5_0", "1: DOWN");
        var down = NetworkCheck.Check(_machine.Root)[1];
        Assert.Equal(FindingLevel.Note, down.Level);
        Assert.StartsWith("RDMA device without a link: mlx5_0 port 1 (ConnectX, 200 Gb/sec (4X HDR))", down.Evidence);
        AddPort("mlx5_1", "4: ACTIVE");
        var up = NetworkCheck.Check(_machine.Root)[1];
        Assert.Equal(FindingLevel.Ok, up.Level);
        Assert.StartsWith("RDMA is up: mlx5_1 port 1 (ConnectX, 200 Gb/sec (4X HDR));", up.Evidence);
    }

    private void AddLink(string name, string state, string speed, int type = 1)
    {
        _machine.Write($"sys/class/net/{name}/operstate", state + "\n");
        _machine.Write($"sys/class/net/{name}/speed", speed + "\n");
        _machine.Write($"sys/class/net/{name}/type", $"{type}\n");
        if (name != "lo")
            _machine.Write($"sys/class/net/{name}/device/vendor", "0x8086\n");
    }

    private void AddPort(string name, string state)
    {
        _machine.Write($"sys/class/infiniband/{name}/device/vendor", "0x15b3\n");
        _machine.Write($"sys/class/infiniband/{name}/ports/1/state", state + "\n");
        _machine.Write($"sys/class/infiniband/{name}/ports/1/rate", "200 Gb/sec (4X HDR)\n");
    }
}
