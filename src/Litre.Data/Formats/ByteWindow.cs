namespace Litre.Data.Formats;

/// <summary>A sliding window over a stream: grows only for one row, and never beyond the limit.</summary>
internal sealed class ByteWindow(Stream stream, int maximumBytes)
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    /// <summary>Bytes from the window's start that have been read.</summary>
    public int Length => _end - _start;

    public byte this[int index] => _buffer[_start + index];

    public ReadOnlyMemory<byte> Slice(int start, int length) => _buffer.AsMemory(_start + start, length);

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(_start, _end - _start);

    /// <summary>The line of the stream in which the window starts, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>Bytes of that line before the window's start.</summary>
    public long Column { get; private set; }

    /// <summary>Discards the first bytes.</summary>
    public void Advance(int count)
    {
        var passed = _buffer.AsSpan(_start, count);
        var last = passed.LastIndexOf((byte)'\n');
        if (last < 0)
            Column += count;
        else
            (Line, Column) = (Line + passed.Count((byte)'\n'), count - last - 1);
        _start += count;
    }

    /// <summary>Reads more. False at the end of the stream, or if the window has its maximum size.</summary>
    public bool Fill(out bool full)
    {
        full = false;
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, Length);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= maximumBytes)
            {
                full = true;
                return false;
            }
            Array.Resize(ref _buffer, (int)Math.Min((long)_buffer.Length * 2, maximumBytes));
        }
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        return read > 0;
    }
}
