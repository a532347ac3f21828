using Litre.Machine.Doctor;
using Litre.Machine.Governing;
using Litre.Machine.Tests.Governing;
using Litre.Torch;

namespace Litre.Machine.Tests.Doctor;

public sealed class MachineCheckTests : IDisposable
{
    private const long GiB = 1L << 30;
    private readonly SimulatedMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void Look_NoGpu_IsANoteWithTheReasonAndWhatToDo()
    {
        var gpu = Look(new GpuState([], null, "libcuda.so.1 was not found: no NVIDIA driver is installed", _ => null))
            .Single(f => f.Name == "GPU");
        Assert.Equal((FindingLevel.Note, "none: libcuda.so.1 was not found: no NVIDIA driver is installed"), (gpu.Level, gpu.Evidence));
        Assert.Contains("litre setup", gpu.Advice);
    }

    [Theory]
    [InlineData(12, 1, FindingLevel.Ok)]
    [InlineData(7, 5, FindingLevel.Note)]
    [InlineData(6, 1, FindingLevel.Problem)]
    public void Look_Gpu_IsJudgedByItsComputeCapability(int major, int minor, FindingLevel level)
    {
        var device = new CudaDeviceInfo(0, "NVIDIA GB10", major, minor, 48, 121 * GiB, IsIntegrated: true);
        var gpu = Look(new GpuState([device], "13.0", "", _ => 113 * GiB)).Single(f => f.Name == "cuda:0");
        Assert.Equal(level, gpu.Level);
        Assert.Equal(
            $"NVIDIA GB10, compute {major}.{minor}, 48 multiprocessors, 121.0 GiB shared with the machine, 113.0 free",
            gpu.Evidence
        );
        Assert.Equal(level == FindingLevel.Ok, gpu.Advice is null);
    }

    [Theory]
    [InlineData("processor\t: 0\nmodel name\t: AMD EPYC\n", null, "AMD EPYC")]
    [InlineData("processor\t: 0\nCPU implementer\t: 0x41\n", "DGX Spark\n", "DGX Spark")]
    [InlineData("", null, "unnamed")]
    public void Look_Processor_IsNamedByTheKernelOrTheBoard(string cpuinfo, string? board, string name)
    {
        _machine.Write("proc/cpuinfo", cpuinfo);
        if (board is not null)
            _machine.Write("sys/class/dmi/id/product_name", board);
        Assert.StartsWith(name + ", ", Look(new GpuState([], null, "", _ => null)).Single(f => f.Name == "processor").Evidence);
    }

    [Fact]
    public void Look_NoMeminfo_IsANote() =>
        Assert.Equal(
            FindingLevel.Note,
            MachineCheck
                .Check(_machine.Root, new GovernorReading(null, null), new GpuState([], null, "", _ => null))
                .Single(f => f.Name == "memory")
                .Level
        );

    private IReadOnlyList<Finding> Look(GpuState gpus)
    {
        _machine.Memory(90);
        return MachineCheck.Check(_machine.Root, _machine.Sources().Read(), gpus);
    }
}
