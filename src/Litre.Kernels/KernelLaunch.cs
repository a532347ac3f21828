using System.Runtime.CompilerServices;
using Litre.Torch;

namespace Litre.Kernels;

/// <summary>
/// One launch of a kernel: its arguments in order, eight bytes each; narrower ones use the first bytes (both targets are
/// little-endian).
/// </summary>
internal unsafe ref struct KernelLaunch(KernelSource source, string function)
{
    private const int MaxArguments = 20;

    [InlineArray(MaxArguments)]
    private struct Cells
    {
        private ulong _first;
    }

    private readonly OperatorTimer _timer = OperatorTimer.Start();
    private Cells _cells;
    private int _count;
    private long _bytes;

    /// <summary>Floating-point operations of products, for profiles.</summary>
    public double Flops { get; init; }

    /// <summary>Addresses of tensors' first elements, or null. Each tensor counts as read or written in full.</summary>
    public void Push(params ReadOnlySpan<Tensor?> tensors)
    {
        foreach (var tensor in tensors)
        {
            _cells[_count++] = tensor is null ? 0 : (ulong)tensor.DataPointer;
            if (tensor is not null)
                _bytes += Math.Min(tensor.Bytes, tensor.StorageBytes);
        }
    }

    /// <summary>Whole numbers, for arguments of four bytes and of eight.</summary>
    public void Push(params ReadOnlySpan<long> numbers)
    {
        foreach (var number in numbers)
            _cells[_count++] = (ulong)number;
    }

    public void Push(float number) => _cells[_count++] = BitConverter.SingleToUInt32Bits(number);

    /// <summary>
    /// Starts it with <paramref name="threads"/> threads for each of <paramref name="items"/>, with as many items per block as fill
    /// <paramref name="block"/> threads.
    /// </summary>
    /// <exception cref="KernelException">It cannot be started.</exception>
    public void RunRows(Device device, long items, int threads, int block) => Run(device, items, block / threads, threads, block / threads);

    /// <summary>
    /// Starts it with one block for every <paramref name="perBlock"/> of <paramref name="items"/>; does nothing without
    /// items.
    /// </summary>
    /// <exception cref="KernelException">It cannot be started.</exception>
    public void Run(Device device, long items, int perBlock, int blockX, int blockY = 1)
    {
        if (items == 0)
            return;
        // Kernels loop over further items if there are more items than blocks.
        var grid = (uint)Math.Min((items + perBlock - 1) / perBlock, MaxBlocks);
        Span<nint> arguments = stackalloc nint[_count];
        fixed (ulong* cells = &_cells[0])
        {
            for (var i = 0; i < arguments.Length; i++)
                arguments[i] = (nint)(cells + i);
            OwnKernels.Launcher(device).Launch(source, function, grid, ((uint)blockX, (uint)blockY), arguments);
        }
        _timer.Stop(function, Flops, _bytes);
    }

    private const long MaxBlocks = 1 << 20;
}
