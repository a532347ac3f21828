using System.Diagnostics;
using Litre.Torch;

namespace Litre.Planning.Benchmarks;

/// <summary>The peak rates of a device, measured now: the reference for a step on the same device in the same process.</summary>
/// <param name="FlopsPerSecond">FLOPS of one large square matrix product.</param>
/// <param name="BytesPerSecond">Bytes per second of one large copy on the device, read and written.</param>
/// <param name="Side">The side of the matrices.</param>
/// <param name="CopyBytes">The bytes copied.</param>
public sealed record MachinePeaks(double FlopsPerSecond, double BytesPerSecond, int Side, long CopyBytes)
{
    private const int CudaSide = 8192;
    private const int CpuSide = 768;
    private const long CudaCopy = 1L << 31;
    private const long CpuCopy = 1L << 26;

    // The share of the free memory that either measurement uses at most.
    private const int FreeShare = 16;
    private const int Matrices = 3;
    private const int Repeats = 9;

    /// <summary>Measures both rates, as the median of several repetitions after a warmup. Frees all its memory.</summary>
    /// <param name="device">CPU or CUDA.</param>
    /// <param name="dtype">Type of the matrices.</param>
    /// <param name="freeBytes">Free memory of the device.</param>
    public static MachinePeaks Measure(Device device, DType dtype, long freeBytes)
    {
        using var scope = new TensorScope();
        Tensor.Zeros([1], DType.Float32, device); // libtorch must initialize its device before it receives memory of another allocator
        var (side, copy) = Sizes(device.UsesCuda, dtype, freeBytes);
        double product;
        using (var memory = new Memory(device, Matrices * (long)side * side * dtype.Bytes()))
        {
            // Random numbers: a GPU that multiplies zeros draws less power and clocks higher.
            var (a, b, y) = (
                Ops.NormalInPlace(memory.Allocate([side, side], dtype), 0, 1),
                Ops.NormalInPlace(memory.Allocate([side, side], dtype), 0, 1),
                memory.Allocate([side, side], dtype)
            );
            product = Median(device, () => Ops.AddMatMulInPlace(y, a, b, 0));
        }
        double copied;
        using (var memory = new Memory(device, 2 * copy))
        {
            var (from, to) = (memory.Allocate([copy], DType.UInt8).Zero(), memory.Allocate([copy], DType.UInt8).Zero());
            copied = Median(device, () => to.CopyFrom(from));
        }
        return new MachinePeaks(2.0 * side * side * side / product, 2.0 * copy / copied, side, copy);
    }

    internal static (int Side, long CopyBytes) Sizes(bool cuda, DType dtype, long freeBytes)
    {
        var side = cuda ? CudaSide : CpuSide;
        while (side > CpuSide && Matrices * (long)side * side * dtype.Bytes() > freeBytes / FreeShare)
            side /= 2;
        var copy = cuda ? CudaCopy : CpuCopy;
        while (copy > 1 << 20 && 2 * copy > freeBytes / FreeShare)
            copy /= 2;
        return (side, copy);
    }

    private static double Median(Device device, Action work)
    {
        // On a GPU, several launches without waiting, so that launch times do not count, after enough others for its clocks to rise.
        var inner = device.UsesCuda ? 4 : 1;
        for (var i = 0; i < (device.UsesCuda ? 16 : 1); i++)
            work();
        device.Synchronize();
        var times = new double[Repeats];
        for (var i = 0; i < times.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var j = 0; j < inner; j++)
                work();
            device.Synchronize();
            times[i] = Stopwatch.GetElapsedTime(start).TotalSeconds / inner;
        }
        Array.Sort(times);
        return times[Repeats / 2];
    }

    // On CUDA, allocated by the driver: libtorch's allocator would keep it, and it would be part of the run's measured memory.
    private sealed class Memory(Device device, long bytes) : IDisposable
    {
        private readonly CudaBuffer? _buffer = device.Type == DeviceType.Cuda ? new CudaBuffer(device.Index, bytes) : null;
        private readonly TensorScope _scope = new();
        private long _allocated;

        public Tensor Allocate(ReadOnlySpan<long> sizes, DType dtype)
        {
            if (_buffer is null)
                return Tensor.Empty(sizes, dtype, device);
            var tensor = Tensor.FromBlob((nint)(_buffer.Address + _allocated), sizes, dtype, device);
            _allocated += tensor.Bytes;
            return tensor;
        }

        public void Dispose()
        {
            _scope.Dispose();
            _buffer?.Dispose();
        }
    }
}
