using SkiaSharp;

namespace Litre.Synthesis.Sheets;

/// <summary>
/// Draws sheets of one size and encodes them as PNG. Its bitmaps are reused for every sheet; not thread-safe, so
/// each thread has its own.
/// </summary>
internal sealed class CanvasRenderer : IDisposable
{
    // A higher level makes files a few percent smaller at several times the cost.
    private const int PngEffort = 6;

    private static readonly byte[] Coarse = [.. Enumerable.Range(0, 256).Select(v => (byte)((v + 8) / 17 * 17))];

    private readonly SKBitmap _bitmap;
    private readonly SKBitmap _gray;
    private readonly SKCanvas _canvas;
    private readonly SKPaint _pen = new()
    {
        IsAntialias = true,
        Style = SKPaintStyle.Stroke,
        StrokeCap = SKStrokeCap.Round,
        StrokeJoin = SKStrokeJoin.Round,
    };
    private readonly SKPaint _fill = new() { IsAntialias = true, Style = SKPaintStyle.Fill };
    private readonly SKPathBuilder _path = new();

    public CanvasRenderer(int width, int height)
    {
        _bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        _gray = new SKBitmap(width, height, SKColorType.Gray8, SKAlphaType.Opaque);
        _canvas = new SKCanvas(_bitmap);
    }

    /// <summary>The sheet as an encoded image.</summary>
    public byte[] Render(Canvas canvas)
    {
        if (canvas.Width != _bitmap.Width || canvas.Height != _bitmap.Height)
            throw new ArgumentException($"the sheet is {canvas.Width}x{canvas.Height}, expected {_bitmap.Width}x{_bitmap.Height}");
        _canvas.Clear(new SKColor(canvas.Paper));
        foreach (var fill in canvas.Fills)
            Fill(fill);
        foreach (var line in canvas.Lines)
        {
            _pen.StrokeCap = SKStrokeCap.Square; // corners of frames close
            (_pen.Color, _pen.StrokeWidth) = (new SKColor(line.Ink), line.Pen);
            _canvas.DrawLine(line.X1, line.Y1, line.X2, line.Y2, _pen);
        }
        foreach (var circle in canvas.Circles)
        {
            var paint = circle.Filled ? _fill : _pen;
            paint.Color = new SKColor(circle.Ink);
            if (!circle.Filled)
                paint.StrokeWidth = circle.Pen;
            _canvas.DrawCircle(circle.X, circle.Y, circle.Radius, paint);
        }
        Write(canvas);
        return Encode(canvas);
    }

    public void Dispose()
    {
        _path.Dispose();
        _fill.Dispose();
        _pen.Dispose();
        _canvas.Dispose();
        _gray.Dispose();
        _bitmap.Dispose();
    }

    // Sixteen shades per channel, and one channel if all are equal: antialiased edges are most of a file, and finer shades
    // of them carry no information.
    private unsafe byte[] Encode(Canvas canvas)
    {
        var colors = new Span<byte>((void*)_bitmap.GetPixels(), _bitmap.ByteCount);
        var isGray = true;
        for (var i = 0; i < colors.Length; i += 4)
        {
            (colors[i], colors[i + 1], colors[i + 2]) = (Coarse[colors[i]], Coarse[colors[i + 1]], Coarse[colors[i + 2]]);
            isGray &= colors[i] == colors[i + 1] && colors[i] == colors[i + 2];
        }
        if (isGray)
        {
            var shades = new Span<byte>((void*)_gray.GetPixels(), _gray.ByteCount);
            for (var y = 0; y < _gray.Height; y++)
            for (var x = 0; x < _gray.Width; x++)
                shades[y * _gray.RowBytes + x] = colors[y * _bitmap.RowBytes + 4 * x];
        }
        using var pixels = (isGray ? _gray : _bitmap).PeekPixels();
        using var data =
            pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.NoFilters, PngEffort))
            ?? throw new InvalidOperationException($"a sheet of {canvas.Width}x{canvas.Height} could not be encoded");
        return data.ToArray();
    }

    private void Fill(CanvasFill fill)
    {
        _path.MoveTo(fill.Points[0], fill.Points[1]);
        for (var i = 2; i < fill.Points.Length; i += 2)
            _path.LineTo(fill.Points[i], fill.Points[i + 1]);
        _path.Close();
        using var path = _path.Detach();
        _fill.Color = new SKColor(fill.Ink);
        _canvas.DrawPath(path, _fill);
    }

    // All texts in one path: they share pen and ink.
    private void Write(Canvas canvas)
    {
        foreach (var text in canvas.Texts)
        {
            var scale = text.CapHeight / 10;
            var (x, y) = (text.Left + canvas.TextPen / 2, text.Baseline - text.CapHeight);
            foreach (var character in text.Text)
            {
                var glyph = Alphabet.Of(character);
                if (character != ' ')
                {
                    foreach (var stroke in glyph.Strokes)
                    {
                        _path.MoveTo(x + stroke[0] * scale, y + stroke[1] * scale);
                        for (var i = 2; i < stroke.Length; i += 2)
                            _path.LineTo(x + stroke[i] * scale, y + stroke[i + 1] * scale);
                    }
                }
                x += (glyph.Width + Alphabet.Gap) * scale;
            }
        }
        using var path = _path.Detach();
        _pen.StrokeCap = SKStrokeCap.Round;
        (_pen.Color, _pen.StrokeWidth) = (new SKColor(canvas.TextInk), canvas.TextPen);
        _canvas.DrawPath(path, _pen);
    }
}
