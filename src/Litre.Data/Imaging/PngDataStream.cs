namespace Litre.Data.Imaging;

/// <summary>The compressed rows of a PNG, concatenated from its data chunks.</summary>
internal sealed class PngDataStream(byte[] file, IReadOnlyList<Range> chunks) : Stream
{
    private int _chunk;
    private int _offset;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        while (_chunk < chunks.Count)
        {
            var left = file.AsSpan(chunks[_chunk])[_offset..];
            if (left.Length > 0 && buffer.Length > 0)
            {
                var taken = Math.Min(left.Length, buffer.Length);
                left[..taken].CopyTo(buffer);
                _offset += taken;
                return taken;
            }
            if (buffer.Length == 0)
                break;
            (_chunk, _offset) = (_chunk + 1, 0);
        }
        return 0;
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
