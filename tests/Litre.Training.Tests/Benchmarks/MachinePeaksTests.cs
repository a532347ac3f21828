using System.Diagnostics;
using Litre.Machine.Sensors;
using Litre.Planning.Benchmarks;
using Litre.Torch;

namespace Litre.Training.Tests.Benchmarks;

public sealed class MachinePeaksTests
{
    private const long GiB = 1L << 30;

    [Fact]
    public void Measure_Cpu_AgreesWithTheTestsOwnClockAndGivesItsMemoryBack()
    {
        const double Agreement = 1.6; // less than two: a rate that forgets the addition, or the reading, is off by two
        const int Tries = 12; // other programs may run beside one of them
        var before = MemoryLedger.LiveBytes(DeviceType.Cpu);
        List<(double Flops, double Bytes)> ratios = [];
        do
        {
            var peaks = MachinePeaks.Measure(Device.Cpu, DType.Float32, 4 * GiB);
            ratios.Add((peaks.FlopsPerSecond / FlopsPerSecond(), peaks.BytesPerSecond / BytesPerSecond()));
        } while (ratios.Count < Tries && !(ratios.Any(r => Agrees(r.Flops)) && ratios.Any(r => Agrees(r.Bytes))));
        Assert.Contains(ratios, r => Agrees(r.Flops));
        Assert.Contains(ratios, r => Agrees(r.Bytes));
        Assert.Equal(before, MemoryLedger.LiveBytes(DeviceType.Cpu));

        static bool Agrees(double ratio) => ratio is > 1 / Agreement and < Agreement;
    }

    // A multiplication and an addition for each of side x side x side.
    private static double FlopsPerSecond()
    {
        const int Side = 768;
        using var scope = new TensorScope();
        var a = Tensor.Zeros([Side, Side], DType.Float32, Device.Cpu);
        var y = Tensor.Zeros([Side, Side], DType.Float32, Device.Cpu);
        return 2.0 * Side * Side * Side / Median(() => Ops.AddMatMulInPlace(y, a, a, 0));
    }

    // Every byte is read and written.
    private static double BytesPerSecond()
    {
        var (from, to) = (new byte[1 << 26], new byte[1 << 26]);
        return 2.0 * from.Length / Median(() => from.CopyTo(to, 0));
    }

    private static double Median(Action work)
    {
        work();
        var times = new double[9];
        for (var i = 0; i < times.Length; i++)
        {
            var watch = Stopwatch.StartNew();
            work();
            times[i] = watch.Elapsed.TotalSeconds;
        }
        Array.Sort(times);
        return times[4];
    }

    [Theory]
    [InlineData(true, 140, 8192, 2 * GiB)]
    [InlineData(true, 20, 8192, GiB / 2)]
    [InlineData(true, 2, 4096, GiB / 16)]
    [InlineData(false, 16, 768, GiB / 16)]
    public void Sizes_LittleMemory_TakeASmallShareOfIt(bool cuda, int freeGiB, int side, long copy)
    {
        Assert.Equal((side, copy), MachinePeaks.Sizes(cuda, DType.BFloat16, freeGiB * GiB));
        Assert.InRange(3L * side * side * 2, 1, freeGiB * GiB / 16);
        Assert.InRange(2 * copy, 1, freeGiB * GiB / 16);
    }

    [Fact]
    public void GpuBusy_NoSensor_SaysNothing()
    {
        using var busy = new GpuBusy(Device.Cpu);
        Assert.Null(busy.Stop());
    }
}
