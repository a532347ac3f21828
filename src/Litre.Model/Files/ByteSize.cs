using System.Globalization;

namespace Litre.Model.Files;

/// <summary>Sizes in readable form: <c>5GB</c> is 5,000,000,000 bytes as in the hub's tools, <c>4GiB</c> is 4 · 2^30.</summary>
public static class ByteSize
{
    private static readonly (string Ending, long Unit)[] Units =
    [
        ("KiB", 1L << 10),
        ("MiB", 1L << 20),
        ("GiB", 1L << 30),
        ("TiB", 1L << 40),
        ("KB", 1000),
        ("MB", 1000 * 1000),
        ("GB", 1000 * 1000 * 1000),
        ("TB", 1000L * 1000 * 1000 * 1000),
        ("B", 1),
        ("", 1),
    ];

    /// <summary>Bytes from 0 to 10^15, or null if the text is not a size.</summary>
    public static long? Parse(string text)
    {
        var (ending, unit) = Units.First(u => text.EndsWith(u.Ending, StringComparison.OrdinalIgnoreCase));
        var number = text.AsSpan(0, text.Length - ending.Length).TrimEnd();
        return
            double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value * unit is >= 0 and < 1e15
            ? (long)(value * unit)
            : null;
    }

    /// <summary>The text from which <see cref="Parse"/> returns exactly the same size.</summary>
    public static string Text(long bytes)
    {
        var (ending, unit) = Units[..4].Reverse().FirstOrDefault(u => bytes > 0 && bytes % u.Unit == 0, ("", 1));
        return (bytes / unit).ToString(CultureInfo.InvariantCulture) + ending;
    }
}
