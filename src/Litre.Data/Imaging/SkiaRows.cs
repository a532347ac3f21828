using Litre.Core;
using SkiaSharp;

namespace Litre.Data.Imaging;

/// <summary>Rows of a JPEG or a bitmap, which the library decodes in order.</summary>
internal sealed class SkiaRows : PixelRows
{
    private readonly string _name;
    private readonly SKData _data;
    private readonly SKCodec _codec;
    private int _row;

    private SkiaRows(string name, SKData data, SKCodec codec, SKEncodedOrigin origin)
        : base(codec.Info.Width, codec.Info.Height, origin) => (_name, _data, _codec) = (name, data, codec);

    /// <summary>Null if the format cannot be decoded row by row.</summary>
    public static SkiaRows? TryOpen(string name, byte[] encoded)
    {
        var data = SKData.CreateCopy(encoded);
        var codec = SKCodec.Create(new SKMemoryStream(data), out _); // the codec owns the stream
        if (codec?.EncodedFormat is SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Bmp)
        {
            var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
            if (codec.StartScanlineDecode(info) == SKCodecResult.Success)
            {
                // A bitmap stored from its last row on is an upright one flipped vertically.
                var flipped = codec.ScanlineOrder == SKCodecScanlineOrder.BottomUp;
                return new SkiaRows(name, data, codec, flipped ? SKEncodedOrigin.BottomLeft : codec.EncodedOrigin);
            }
        }
        codec?.Dispose();
        data.Dispose();
        return null;
    }

    public override unsafe void Read(Span<byte> pixels)
    {
        var count = pixels.Length / (Width * 4);
        int read;
        fixed (byte* target = pixels)
            read = _codec.GetScanlines((nint)target, count, Width * 4);
        if (read != count)
        {
            throw new InputException(
                $"{_name}: the image ends after {_row + read} of {Height} rows, expected a whole "
                    + $"{_codec.EncodedFormat} of {Width}x{Height}; copy or download it again"
            );
        }
        _row += count;
        if (_codec.Info.AlphaType != SKAlphaType.Opaque)
            ImageDecoder.FlattenOnWhite(pixels);
    }

    public override void Dispose()
    {
        _codec.Dispose();
        _data.Dispose();
    }
}
