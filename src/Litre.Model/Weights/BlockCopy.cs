using Litre.Model.Files;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>
/// Two buffers into which blocks are read, and the copies from them to the weights, with conversion of type and order of dimensions.
/// All memory is allocated on creation, so that it is counted on a meta device.
/// </summary>
internal sealed class BlockCopy : IDisposable
{
    private const long PartBytes = 4 << 20;

    private readonly Device _device;
    private readonly Tensor[] _buffers;
    private readonly Tensor? _stage; // on the GPU, where types and dimensions are changed there
    private readonly Tensor? _mark; // on the GPU: reading it back waits for all copies before it

    /// <param name="capacity">Bytes of a buffer.</param>
    /// <param name="device">The device of the weights.</param>
    /// <param name="changes">Whether any weight has another type or order of dimensions than its file.</param>
    internal BlockCopy(int capacity, Device device, bool changes)
    {
        _device = device;
        // From page-locked memory, a GPU copies on its own.
        _buffers = [Buffer(), Buffer()];
        // A direct read into scattered small pages is many small requests to the disk.
        if (device.Type == DeviceType.Cpu)
            Array.ForEach(_buffers, HugePages.Request);
        if (device.UsesCuda && changes)
            _stage = Tensor.Empty([capacity], DType.UInt8, device);
        if (device.UsesCuda)
            _mark = Tensor.Empty([1], DType.UInt8, device);

        Tensor Buffer() =>
            device.Type == DeviceType.Cuda ? Tensor.Pinned([capacity], DType.UInt8) : Tensor.Empty([capacity], DType.UInt8, device.Host);
    }

    /// <summary>Address of a buffer's first whole sector.</summary>
    internal nint Address(int buffer) =>
        (_buffers[buffer].DataPointer + BlockFile.Alignment - 1) / BlockFile.Alignment * BlockFile.Alignment;

    /// <summary>Copies a piece to its weight. On a GPU, <see cref="Wait"/> must be called before the buffer is filled again.</summary>
    /// <param name="data">Address of its first byte.</param>
    /// <param name="piece">Whole rows if it is transposed.</param>
    /// <param name="target">The whole weight; dense.</param>
    /// <param name="transposed">Whether the file has the last two dimensions exchanged.</param>
    internal void Copy(nint data, BlockPlan.Piece piece, Tensor target, bool transposed)
    {
        using var scope = new TensorScope();
        var entry = piece.Entry;
        var size = entry.DType.Bytes();
        if (!transposed && entry.DType == target.DType && _device.Type == DeviceType.Cpu)
        {
            CopyBytes(data, target.DataPointer + (nint)piece.Start, piece.Bytes);
            return;
        }
        if (!transposed)
        {
            var count = piece.Bytes / size;
            Copy(data, [count], entry.DType, target.View(-1).Slice(0, piece.Start / size, count), false);
            return;
        }
        var (rows, columns) = (entry.Shape[^2], entry.Shape[^1]);
        var (at, end) = (piece.Start / size / columns, (piece.Start + piece.Bytes) / size / columns); // rows of all experts
        while (at < end)
        {
            var (expert, row) = (at / rows, at % rows);
            var count = Math.Min(rows - row, end - at);
            var matrix = target.Slice(0, expert, 1).View(columns, rows).Transposed(); // (rows, columns), as the file has it
            Copy(data, [count, columns], entry.DType, matrix.Slice(0, row, count), true);
            data += checked((nint)(count * columns * size));
            at += count;
        }
    }

    /// <summary>Returns when all copies are complete.</summary>
    internal void Wait()
    {
        if (_device.Type == DeviceType.Cuda)
            _mark!.ToArray<byte>();
    }

    public void Dispose()
    {
        foreach (var buffer in _buffers)
            buffer.Dispose();
        _stage?.Dispose();
        _mark?.Dispose();
    }

    // Not by libtorch: between two blocks its threads spin for the next and keep the reader from the processor. The memory is
    // touched for the first time here, which takes longer than copying, so all processors help.
    private static unsafe void CopyBytes(nint from, nint to, long bytes)
    {
        var parts = (int)((bytes + PartBytes - 1) / PartBytes);
        if (parts < 2)
            CopyPart(0);
        else
            Parallel.For(0, parts, CopyPart);

        void CopyPart(int part)
        {
            var at = part * PartBytes;
            var length = Math.Min(PartBytes, bytes - at);
            System.Buffer.MemoryCopy((byte*)from + at, (byte*)to + at, length, length);
        }
    }

    private unsafe void Copy(nint data, ReadOnlySpan<long> sizes, DType dtype, Tensor target, bool transposed)
    {
        Tensor source;
        if (data % dtype.Bytes() == 0)
        {
            source = Tensor.FromBlob(data, sizes, dtype, Device.Cpu);
        }
        else
        {
            // Headers of a length that no writer in use produces. The ledger's plan does not know of this copy.
            source = Tensor.Empty(sizes, dtype, Device.Cpu);
            System.Buffer.MemoryCopy((void*)data, (void*)source.DataPointer, source.Bytes, source.Bytes);
        }
        if (_stage is not null && (transposed || dtype != target.DType))
            source = Tensor.FromBlob(_stage.DataPointer, sizes, dtype, _device).CopyFrom(source, nonBlocking: true);
        target.CopyFrom(source, nonBlocking: _device.UsesCuda);
    }
}
