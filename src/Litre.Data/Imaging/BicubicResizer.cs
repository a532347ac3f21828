using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Litre.Data.Imaging;

/// <summary>
/// Antialiased bicubic resampling of 8-bit images with exactly the arithmetic of PyTorch's uint8 kernel
/// (UpSampleKernel.cpp: 16-bit fixed-point weights, horizontal pass first, rounded to 8 bits between the passes), so that
/// pixels equal the reference processor's bit for bit.
/// </summary>
internal static class BicubicResizer
{
    /// <summary>Resizes to a new image, which the caller disposes.</summary>
    public static RgbaImage Resize(RgbaImage source, int width, int height)
    {
        var across = ResampleWeights.Compute(source.Width, width);
        var down = ResampleWeights.Compute(source.Height, height);
        var middle = ArrayPool<byte>.Shared.Rent(checked(width * source.Height * 4));
        var target = new RgbaImage(width, height);
        try
        {
            for (var y = 0; y < source.Height; y++)
            {
                Across(source.Pixels.Slice(y * source.Width * 4, source.Width * 4), middle.AsSpan(y * width * 4, width * 4), across);
            }
            Down(middle, target, down);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(middle);
        }
        return target;
    }

    /// <summary>Resizes one row.</summary>
    internal static void Across(ReadOnlySpan<byte> from, Span<byte> to, ResampleWeights weights)
    {
        var pixels = MemoryMarshal.Cast<byte, uint>(from);
        var result = MemoryMarshal.Cast<byte, uint>(to);
        var half = Vector128.Create(weights.Half);
        for (var x = 0; x < result.Length; x++)
        {
            var taps = weights.Of(x, out var first);
            var window = pixels.Slice(first, taps.Length);
            var sum = half;
            for (var i = 0; i < taps.Length; i++)
            {
                var channels = Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(window[i]).AsByte()));
                sum += channels.AsInt32() * taps[i];
            }
            sum = Vector128.Clamp(sum >> weights.Precision, Vector128<int>.Zero, Vector128.Create(255));
            result[x] = (uint)(sum[0] | sum[1] << 8 | sum[2] << 16 | sum[3] << 24);
        }
    }

    private static void Down(byte[] middle, RgbaImage target, ResampleWeights weights)
    {
        var rowBytes = target.Width * 4;
        var sums = ArrayPool<int>.Shared.Rent(rowBytes);
        try
        {
            for (var y = 0; y < target.Height; y++)
            {
                var taps = weights.Of(y, out var first);
                var sum = sums.AsSpan(0, rowBytes);
                sum.Fill(weights.Half);
                for (var i = 0; i < taps.Length; i++)
                    AddRow(middle.AsSpan((first + i) * rowBytes, rowBytes), taps[i], sum);
                var row = target.Pixels.Slice(y * rowBytes, rowBytes);
                Round(sum, weights.Precision, row);
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(sums);
        }
    }

    /// <summary>Rounds fixed-point sums to bytes.</summary>
    internal static void Round(ReadOnlySpan<int> sums, int precision, Span<byte> row)
    {
        for (var x = 0; x < row.Length; x++)
            row[x] = (byte)Math.Clamp(sums[x] >> precision, 0, 255);
    }

    /// <summary>Adds a weighted row to sums.</summary>
    internal static void AddRow(ReadOnlySpan<byte> row, int weight, Span<int> sum)
    {
        var x = 0;
        for (; x <= row.Length - Vector<byte>.Count; x += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(row[x..]), out var low, out var high);
            Vector.Widen(low, out var a, out var b);
            Vector.Widen(high, out var c, out var d);
            var step = Vector<int>.Count;
            Add(sum[x..], a, weight);
            Add(sum[(x + step)..], b, weight);
            Add(sum[(x + 2 * step)..], c, weight);
            Add(sum[(x + 3 * step)..], d, weight);
        }
        for (; x < row.Length; x++)
            sum[x] += row[x] * weight;
    }

    private static void Add(Span<int> place, Vector<uint> values, int weight) =>
        (new Vector<int>(place) + Vector.AsVectorInt32(values) * weight).CopyTo(place);
}
