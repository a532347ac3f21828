using Litre.Kernels;
using Litre.Machine.Doctor;
using Litre.Torch;

namespace Litre.Machine.Tests.Doctor;

public sealed class KernelCheckTests
{
    [Fact]
    public void Look_Cpu_SaysThatNothingWasChecked()
    {
        var finding = KernelCheck.Check(Device.Cpu, KernelOptions.Default);
        Assert.Equal((FindingLevel.Ok, "not checked: they need CUDA, and the device is cpu"), (finding.Level, finding.Evidence));
    }

    [Fact]
    public void Look_SwitchedOff_IsANoteThatSaysHowToSwitchOn()
    {
        var finding = KernelCheck.Check(Device.Cuda(), KernelOptions.Default with { UsesOwn = false });
        Assert.Equal(FindingLevel.Note, finding.Level);
        Assert.Contains("LITRE_KERNELS", finding.Evidence);
        Assert.Contains("unset LITRE_KERNELS", finding.Advice);
    }

    // Where kernels are taken on CUDA in bf16, everything else takes plain operators, which is no fallback there.
    [Fact]
    public void Run_Cpu_FusedOperationsTakePlainOperators()
    {
        var rows = OperatorCheck.Run(Device.Cpu, 3, KernelOptions.Default).Where(row => row.Family == OperatorCases.FusedFamily).ToList();
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Equal(new OperatorPath("plain operators"), row.Path));
    }
}
