using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Tests.Kernels;

public sealed class ModelKernelsTests
{
    [Fact]
    public void Fingerprint_KernelsInUseOrNot_DiffersByThem()
    {
        var plain = ModelKernels.Fingerprint(DType.BFloat16, Device.Cpu, KernelOptions.Default);
        using var emulator = KernelEmulator.Open();
        var own = ModelKernels.Fingerprint(DType.BFloat16, Device.Cpu, KernelOptions.Default);
        Assert.Equal("plain operators", plain);
        Assert.Contains("grouped products", own);
        Assert.EndsWith(OwnKernels.SourceHash, own);
        Assert.Equal(plain, ModelKernels.Fingerprint(DType.Float32, Device.Cpu, KernelOptions.Default));
    }
}
