namespace Litre.Data.Imaging;

/// <summary>
/// How many of a sample's 16 bits are in use. Scanners and cameras store 10, 12 or 14 bits in 16 without declaring it; read as 16
/// bits such an image is almost black.
/// </summary>
internal static class SampleDepth
{
    private static readonly int[] Depths = [8, 10, 12, 14];

    /// <summary>The smallest common depth that fits the largest value of an image: 8, 10, 12, 14 or 16.</summary>
    public static int Of(int maximum)
    {
        foreach (var bits in Depths)
            if (maximum < 1 << bits)
                return bits;
        return 16;
    }

    /// <summary>A value with the given number of bits as 8 bits, rounded to nearest.</summary>
    public static byte ToByte(int value, int bits)
    {
        var full = (1 << bits) - 1;
        return (byte)((Math.Min(value, full) * 255L + full / 2) / full);
    }
}
