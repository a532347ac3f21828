using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>Finds numbers that are not finite, or would not be in the type that they are loaded in, in bytes as files hold them.</summary>
internal static class FiniteCheck
{
    /// <summary>Index of the first element that is not finite as <paramref name="loaded"/>; -1 if all are.</summary>
    /// <param name="data">Whole elements.</param>
    /// <param name="dtype">The file's type; integers are finite.</param>
    /// <param name="loaded">The type that they are converted to.</param>
    internal static int FirstNotFinite(ReadOnlySpan<byte> data, DType dtype, DType loaded) =>
        dtype switch
        {
            DType.BFloat16 => First<short>(data, short.MaxValue, 0x7f80),
            DType.Float16 => First<short>(data, short.MaxValue, 0x7c00),
            // Values that round up to a power of two that the narrower type does not have.
            DType.Float32 => First(data, int.MaxValue, loaded == DType.BFloat16 ? 0x7f7f8000 : 0x7f800000),
            DType.Float64 => First(
                data,
                long.MaxValue,
                loaded switch
                {
                    DType.Float64 => 0x7ff0000000000000,
                    DType.BFloat16 => BitConverter.DoubleToInt64Bits(BitConverter.Int32BitsToSingle(0x7f7f8000)),
                    _ => BitConverter.DoubleToInt64Bits(float.MaxValue + Math.ScaleB(1, 103)),
                }
            ),
            _ => -1,
        };

    /// <summary>An element as text.</summary>
    internal static string Text(ReadOnlySpan<byte> data, DType dtype, int index) =>
        (
            dtype switch
            {
                DType.BFloat16 => BitConverter.Int32BitsToSingle(MemoryMarshal.Cast<byte, short>(data)[index] << 16),
                DType.Float16 => (double)MemoryMarshal.Cast<byte, Half>(data)[index],
                DType.Float32 => MemoryMarshal.Cast<byte, float>(data)[index],
                _ => MemoryMarshal.Cast<byte, double>(data)[index],
            }
        ).ToString(CultureInfo.InvariantCulture);

    // Without its sign a float is ordered as the integer of the same bits, and what is not finite comes last.
    private static int First<T>(ReadOnlySpan<byte> data, T magnitude, T limit)
        where T : unmanaged, IBinaryInteger<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(data);
        var at = 0;
        if (Vector.IsHardwareAccelerated)
        {
            var (mask, least) = (new Vector<T>(magnitude), new Vector<T>(limit));
            var found = Vector<T>.Zero;
            for (; at <= values.Length - Vector<T>.Count; at += Vector<T>.Count)
                found |= Vector.GreaterThanOrEqual(new Vector<T>(values[at..]) & mask, least);
            if (found != Vector<T>.Zero)
                at = 0;
        }
        for (; at < values.Length; at++)
        {
            if ((values[at] & magnitude) >= limit)
                return at;
        }
        return -1;
    }
}
