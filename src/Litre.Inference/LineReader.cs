namespace Litre.Inference;

/// <summary>Reads a stream's lines as bytes and reports where each ends. The stream stays open.</summary>
internal sealed class LineReader(Stream stream) : IDisposable
{
    private readonly BufferedStream _buffer = new(stream, 1 << 16);
    private readonly MemoryStream _line = new();

    /// <summary>The position after the line that was read last.</summary>
    public long Position { get; private set; }

    /// <summary>Whether the line that was read last has no line end.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The next line without its line end, or null after the last one.</summary>
    public byte[]? Next()
    {
        _line.SetLength(0);
        int next;
        while ((next = _buffer.ReadByte()) >= 0)
        {
            Position++;
            if (next == '\n')
                return _line.ToArray();
            _line.WriteByte((byte)next);
        }
        IsCut = _line.Length > 0;
        return IsCut ? _line.ToArray() : null;
    }

    public void Dispose() => _line.Dispose();
}
