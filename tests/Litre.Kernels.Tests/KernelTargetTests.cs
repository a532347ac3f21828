namespace Litre.Kernels.Tests;

public sealed class KernelTargetTests
{
    private static readonly int[] Cuda12 = [50, 80, 86, 90, 100, 120];

    [Theory]
    [InlineData(9, 0, "sm_90", false)]
    [InlineData(12, 1, "compute_120", true)]
    [InlineData(8, 9, "compute_86", true)]
    public void For_Device_IsItsOwnCodeOrTheNewestBefore(int major, int minor, string option, bool isVirtual) =>
        Assert.Equal(new KernelTarget(option, isVirtual), KernelTarget.For(major, minor, Cuda12));

    [Fact]
    public void For_DeviceOlderThanAllKnown_IsRefused()
    {
        var failure = Assert.Throws<KernelException>(() => KernelTarget.For(7, 0, [75, 80]));
        Assert.Contains("7.5", failure.Message);
        Assert.Contains("7.0", failure.Message);
    }
}
