using Litre.Torch;

namespace Litre.Model.Files;

/// <summary>One tensor to be written: its description, and a function that writes its bytes.</summary>
/// <param name="Name">The checkpoint key.</param>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Sizes; empty for a scalar.</param>
/// <param name="Write">Writes exactly <see cref="Bytes"/> bytes, row-major and little-endian. Called once.</param>
public sealed record TensorSource(string Name, DType DType, long[] Shape, Action<Stream> Write)
{
    private const int ChunkBytes = 1 << 24;

    /// <summary>Size of the data in bytes.</summary>
    public long Bytes { get; } = checked(Torch.Shape.Count(Shape) * DType.Bytes());

    /// <summary>A tensor of which only the size is used.</summary>
    public static TensorSource Described(string name, DType dtype, long[] shape) =>
        new(name, dtype, shape, _ => throw new InvalidOperationException($"{name} has a description but no data"));

    /// <summary>A tensor whose bytes are in managed memory.</summary>
    public static TensorSource FromMemory(string name, DType dtype, long[] shape, ReadOnlyMemory<byte> data) =>
        new(name, dtype, shape, stream => stream.Write(data.Span));

    /// <summary>A tensor whose bytes are in unmanaged memory, which must stay alive until it is written.</summary>
    public static TensorSource FromPointer(string name, DType dtype, long[] shape, nint data, long bytes) =>
        new(name, dtype, shape, stream => WritePointer(stream, data, bytes));

    private static unsafe void WritePointer(Stream stream, nint data, long bytes)
    {
        for (var done = 0L; done < bytes; )
        {
            var chunk = (int)Math.Min(ChunkBytes, bytes - done);
            stream.Write(new ReadOnlySpan<byte>((byte*)data + done, chunk));
            done += chunk;
        }
    }
}
