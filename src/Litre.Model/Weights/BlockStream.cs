namespace Litre.Model.Weights;

/// <summary>
/// Writes bytes that are computed in blocks: all processors fill the next block while the last is on its way to the disk. What is
/// written does not depend on how many there are.
/// </summary>
/// <param name="progress">Called with the bytes written so far, of all calls together.</param>
/// <param name="cancel">Stops between blocks.</param>
internal sealed class BlockStream(Action<long>? progress, CancellationToken cancel)
{
    private const int BlockBytes = 32 << 20;
    private const int PartBytes = 1 << 20;

    private byte[][] _blocks =
    [
        [],
        [],
    ];
    private long _done;

    /// <summary>Fills part of a tensor, from a byte of it on; called for several parts at once.</summary>
    internal delegate void FillPart(long at, Span<byte> part);

    internal void Write(Stream stream, long bytes, FillPart fill)
    {
        Grow((int)Math.Min(BlockBytes, bytes));
        var writing = Task.CompletedTask;
        var turn = 0;
        for (var at = 0L; at < bytes; turn ^= 1)
        {
            var block = _blocks[turn];
            var length = (int)Math.Min(block.Length, bytes - at);
            Fill(block, length, at, fill);
            writing.GetAwaiter().GetResult();
            cancel.ThrowIfCancellationRequested();
            writing = Task.Run(() => stream.Write(block, 0, length), CancellationToken.None);
            at += length;
        }
        writing.GetAwaiter().GetResult();
        progress?.Invoke(_done += bytes);
    }

    private static void Fill(byte[] block, int length, long at, FillPart fill) =>
        Parallel.For(
            0,
            (length + PartBytes - 1) / PartBytes,
            part =>
            {
                var offset = part * PartBytes;
                fill(at + offset, block.AsSpan(offset, Math.Min(PartBytes, length - offset)));
            }
        );

    private void Grow(int bytes)
    {
        if (_blocks[0].Length < bytes)
            _blocks = [GC.AllocateUninitializedArray<byte>(bytes), GC.AllocateUninitializedArray<byte>(bytes)];
    }
}
