using System.Diagnostics.CodeAnalysis;
using Litre.Torch;

namespace Litre.Kernels;

/// <content>
/// Common code of the operators that are Litre's own kernels (<see cref="OwnKernels"/>). They take dense bf16 tensors, create their
/// results in the same way on CUDA and on a meta device, and start nothing on the latter.
/// </content>
public static partial class KernelOps
{
    private const int VectorBytes = 16;
    private const int VectorWidth = VectorBytes / sizeof(ushort);
    private const int WarpThreads = 32;
    private const int BlockThreads = 256;

    private static void RequireDense(ReadOnlySpan<byte> op, DType dtype, Device device, Tensor? x, ReadOnlySpan<long> sizes)
    {
        if (x is null)
            return;
        if (x.DType != dtype || x.Device != device || !x.IsContiguous || !x.Sizes.SequenceEqual(sizes))
            throw Ops.Refuse(
                op,
                $"{x} with strides {Shape.Text(x.Strides)}, expected a dense {Shape.Text(sizes)} {dtype.Name()} on {device}"
            );
    }

    /// <summary>Counts one start of a kernel; false on a device that only stands for another.</summary>
    private static bool Starts(Device device, params ReadOnlySpan<Tensor?> touched) => Starts(device, 0, touched);

    private static bool Starts(Device device, double flops, params ReadOnlySpan<Tensor?> touched)
    {
        Ops.Calls++;
        if (!device.IsMeta)
            return true;
        if (Ops.Tally is null)
            return false;
        var bytes = 0L;
        foreach (var tensor in touched)
            bytes += tensor is null ? 0 : Math.Min(tensor.Bytes, tensor.StorageBytes);
        Ops.Tally.Add(flops, DType.BFloat16, bytes);
        return false;
    }

    /// <summary>Numbers per thread and step: 8 if rows consist of whole vectors, else 1.</summary>
    private static int Vector(long width, params ReadOnlySpan<Tensor?> tensors)
    {
        if (width % VectorWidth != 0)
            return 1;
        foreach (var tensor in tensors)
        {
            if (tensor is not null && tensor.DataPointer % VectorBytes != 0)
                return 1;
        }
        return VectorWidth;
    }

    /// <summary>Threads along a row: a power of two of whole warps.</summary>
    /// <param name="chunks">Chunks of the row.</param>
    /// <param name="each">Chunks per thread if the block size allows it: few if a chunk is much work, so that there are many
    /// blocks.</param>
    private static int RowThreads(long chunks, int each)
    {
        var threads = WarpThreads;
        while (threads < BlockThreads && threads * each < chunks)
            threads *= 2;
        return threads;
    }

    /// <summary>The tensor itself, or a copy in the open scope if its first element is not aligned to vectors.</summary>
    [return: NotNullIfNotNull(nameof(x))]
    private static Tensor? Aligned(Tensor? x) => x is null || x.DataPointer % VectorBytes == 0 ? x : x.Clone();
}
