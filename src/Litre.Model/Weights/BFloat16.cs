using System.Numerics;

namespace Litre.Model.Weights;

/// <summary>Rounding to bfloat16 without a tensor library.</summary>
internal static class BFloat16
{
    private const uint Half = 0x7fff; // of the last bit that is kept, less one

    /// <summary>Rounds numbers to the nearest, and ties to even, as every program converts checkpoints.</summary>
    /// <param name="values">The bits of float32 numbers; a result for NaN is not specified.</param>
    /// <param name="rounded">The bits of bfloat16 numbers; at least as many.</param>
    internal static void Round(ReadOnlySpan<uint> values, Span<ushort> rounded)
    {
        var at = 0;
        for (; at + Vector<ushort>.Count <= values.Length; at += Vector<ushort>.Count)
        {
            var low = Round(new Vector<uint>(values[at..]));
            var high = Round(new Vector<uint>(values[(at + Vector<uint>.Count)..]));
            Vector.Narrow(low, high).CopyTo(rounded[at..]);
        }
        for (; at < values.Length; at++)
            rounded[at] = (ushort)((values[at] + Half + ((values[at] >> 16) & 1)) >> 16);
    }

    private static Vector<uint> Round(Vector<uint> values)
    {
        var kept = Vector.ShiftRightLogical(values, 16) & Vector<uint>.One;
        return Vector.ShiftRightLogical(values + new Vector<uint>(Half) + kept, 16);
    }
}
