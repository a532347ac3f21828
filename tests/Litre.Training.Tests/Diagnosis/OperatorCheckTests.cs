using Litre.Torch;
using Litre.Torch.Cuda;
using Litre.Training.Diagnosis;

namespace Litre.Training.Tests.Diagnosis;

public sealed class OperatorCheckTests
{
    private static readonly CudaDeviceInfo Gb10 = new(0, "NVIDIA GB10", 12, 1, 48, 128L << 30, IsIntegrated: true);

    [Fact]
    public void Run_Cpu_EveryOperatorAgrees()
    {
        for (var seed = 0; seed < 3; seed++)
        {
            var rows = OperatorCheck.Run(Device.Cpu, seed);
            Assert.All(rows, row => Assert.True(row.Ok, $"seed {seed}: {row}"));
            Assert.Contains(rows, row => row.DType == DType.BFloat16);
        }
    }

    [Fact]
    public void Measure_Errors()
    {
        var worst = new Dictionary<(string, DType), double>();
        for (var seed = 0; seed < 200; seed++)
            foreach (var r in OperatorCheck.Run(Device.Cpu, seed)) worst[(r.Operator, r.DType)] = Math.Max(worst.GetValueOrDefault((r.Operator, r.DType)), double.IsNaN(r.Error) ? 99 : r.Error);
        File.WriteAllLines("/tmp/errors.txt", worst.OrderByDescending(w => w.Value).Select(w => $"{w.Value:0.0E+00} {w.Key.Item2} {w.Key.Item1}"));
    }

    // The name of the kernel decides what the doctor says of mixtures of experts.
    [Theory]
    [InlineData(9, 0, true, false)]
    [InlineData(10, 3, true, false)]
    [InlineData(12, 1, true, true)]
    [InlineData(8, 9, true, true)]
    [InlineData(9, 0, false, true)]
    public void GroupedPath_ByComputeCapability_IsAFallbackOutside9And10(int major, int minor, bool grouped, bool fallback) =>
        Assert.Equal(fallback, OperatorCases.GroupedPath(grouped, Gb10 with { ComputeMajor = major, ComputeMinor = minor }).IsFallback);

    [Fact]
    public void Run_OnADevice_LeavesNothingBehind()
    {
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        _ = OperatorCheck.Run(Device.Cpu, 1);
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));
    }
}
