using System.Globalization;

namespace Litre.Cli.Rendering;

/// <summary>A number with its noun in the right form, for example <c>1 image</c> and <c>1,200 images</c>.</summary>
internal static class CountText
{
    /// <summary>The number and the form of the noun that belongs to it.</summary>
    /// <param name="count">The number.</param>
    /// <param name="one">The form for one; a verb may follow the noun.</param>
    /// <param name="many">The form for any other number; null appends an s to <paramref name="one"/>.</param>
    public static string Of(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many ?? one + "s")}");
}
