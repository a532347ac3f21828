using System.Globalization;
using Litre.Torch;

namespace Litre.Cli.Commands;

/// <summary>Sizes as people write them: <c>5GB</c> is 5,000,000,000 bytes as in the hub's tools, <c>4GiB</c> is 4 · 2^30.</summary>
internal static class ByteSize
{
    private static readonly (string Ending, long Unit)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("KB", 1000), ("MB", 1000 * 1000), ("GB", 1000 * 1000 * 1000), ("B", 1), ("", 1),
    ];

    /// <exception cref="InputException">The text is no size above zero.</exception>
    public static long Parse(string option, string text)
    {
        var (ending, unit) = Units.First(u => text.EndsWith(u.Ending, StringComparison.OrdinalIgnoreCase));
        var number = text.AsSpan(0, text.Length - ending.Length).TrimEnd();
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value * unit is >= 1 and < 1e15
            ? (long)(value * unit)
            : throw new InputException($"{option} {text}: expected a size such as 5GB, 500MB or 4GiB");
    }
}
