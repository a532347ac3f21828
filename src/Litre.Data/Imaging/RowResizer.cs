namespace Litre.Data.Imaging;

/// <summary>
/// <see cref="BicubicResizer"/> on consecutive rows, with a bit-identical result: only the rows that one row of the
/// result depends on are kept. If the size stays the same, rows are copied. Not thread-safe.
/// </summary>
internal sealed class RowResizer : IDisposable
{
    private readonly int _sourceHeight;
    private readonly ResampleWeights? _across;
    private readonly ResampleWeights? _down;
    private readonly byte[][] _ring = []; // horizontally resized rows
    private readonly int[] _sums = [];
    private RgbaImage? _target;
    private int _read;
    private int _written;

    /// <param name="sourceWidth">Columns of the source rows.</param>
    /// <param name="sourceHeight">Number of source rows.</param>
    /// <param name="width">Columns of the result.</param>
    /// <param name="height">Rows of the result.</param>
    public RowResizer(int sourceWidth, int sourceHeight, int width, int height)
    {
        _sourceHeight = sourceHeight;
        _target = new RgbaImage(width, height);
        if ((sourceWidth, sourceHeight) == (width, height))
            return;
        _across = ResampleWeights.Compute(sourceWidth, width);
        _down = ResampleWeights.Compute(sourceHeight, height);
        var longest = 1;
        for (var y = 0; y < height; y++)
            longest = Math.Max(longest, _down.Of(y, out _).Length);
        _ring = [.. Enumerable.Range(0, longest).Select(_ => new byte[width * 4])];
        _sums = new int[width * 4];
    }

    /// <summary>Whether all rows have been added.</summary>
    public bool IsComplete => _read == _sourceHeight;

    /// <summary>Adds the next row.</summary>
    /// <param name="row">(source width, 4) uint8.</param>
    public void Add(ReadOnlySpan<byte> row)
    {
        var target = _target ?? throw new ObjectDisposedException(nameof(RowResizer));
        var rowBytes = target.Width * 4;
        if (_across is null || _down is null)
        {
            row.CopyTo(target.Pixels.Slice(_read++ * rowBytes, rowBytes));
            return;
        }
        BicubicResizer.Across(row, _ring[_read++ % _ring.Length], _across);
        while (_written < target.Height)
        {
            var taps = _down.Of(_written, out var first);
            if (first + taps.Length > _read)
                break;
            _sums.AsSpan().Fill(_down.Half);
            for (var i = 0; i < taps.Length; i++)
                BicubicResizer.AddRow(_ring[(first + i) % _ring.Length], taps[i], _sums);
            BicubicResizer.Round(_sums, _down.Precision, target.Pixels.Slice(_written++ * rowBytes, rowBytes));
        }
    }

    /// <summary>Returns the result, which the caller then owns.</summary>
    public RgbaImage Take()
    {
        var taken = _target ?? throw new ObjectDisposedException(nameof(RowResizer));
        _target = null;
        return taken;
    }

    public void Dispose()
    {
        _target?.Dispose();
        _target = null;
    }
}
