namespace Litre.Torch.Tests.Cuda;

public sealed class CudaDriverTests
{
    [Fact]
    public void Devices_ThisMachine_CountAndReasonAgree()
    {
        Assert.Equal(CudaDriver.DeviceCount, CudaDriver.Devices.Count);
        Assert.Equal(CudaDriver.DeviceCount == 0, CudaDriver.Reason.Length > 0);
        Assert.Equal(CudaDriver.DeviceCount == 0, CudaDriver.CudaVersion is null);
    }

    [Fact]
    public void Devices_EveryDevice_HasPlausibleNumbers()
    {
        Assert.SkipWhen(CudaDriver.DeviceCount == 0, CudaDriver.Reason);
        Assert.All(
            CudaDriver.Devices,
            device =>
            {
                Assert.NotEmpty(device.Name);
                Assert.InRange(device.ComputeMajor, 3, 99);
                Assert.InRange(device.Multiprocessors, 1, 10_000);
                Assert.InRange(CudaDriver.FreeBytes(device)!.Value, 1, device.TotalBytes);
            }
        );
    }

    [Fact]
    public void FreeBytes_IntegratedDevice_IsTheMachinesAvailableMemory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc/meminfo is Linux's");
        var device = new CudaDeviceInfo(0, "integrated", 12, 1, 48, 1L << 40, IsIntegrated: true);
        var before = MachineMemory.AvailableBytes()!.Value;
        Assert.InRange(CudaDriver.FreeBytes(device)!.Value, before / 2, MachineMemory.TotalBytes()!.Value);
    }

    [Theory]
    [InlineData("MemAvailable:   118489088 kB", 118489088L * 1024)]
    [InlineData("MemFree:        118489088 kB", null)]
    [InlineData("MemAvailable:   many kB", null)]
    public void MachineMemory_Line_IsReadInBytes(string line, long? bytes) =>
        Assert.Equal(bytes, MachineMemory.Parse(line, "MemAvailable:"));
}
