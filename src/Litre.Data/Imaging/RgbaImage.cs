using System.Buffers;

namespace Litre.Data.Imaging;

/// <summary>
/// A decoded image, four bytes per pixel (R, G, B and an unused 255), rows without gaps. The memory is rented:
/// disposal returns it. Not thread-safe.
/// </summary>
public sealed class RgbaImage : IDisposable
{
    private byte[]? _pixels;

    internal RgbaImage(int width, int height)
    {
        Width = width;
        Height = height;
        _pixels = ArrayPool<byte>.Shared.Rent(checked(width * height * 4));
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>(Height, Width, 4) uint8.</summary>
    public Span<byte> Pixels => (_pixels ?? throw new ObjectDisposedException(nameof(RgbaImage))).AsSpan(0, Width * Height * 4);

    public void Dispose()
    {
        if (_pixels != null)
            ArrayPool<byte>.Shared.Return(_pixels);
        _pixels = null;
    }
}
