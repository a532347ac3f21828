using System.Globalization;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    /// <summary>A number in any notation: JSON's 1, 1.0, 1e0, or a text with one; null for anything else.</summary>
    internal static double? Number(object? value) =>
        value switch
        {
            double number => number,
            JsonNumber number => Parse(number.Written),
            string text => Parse(text),
            _ => null,
        };

    private static double? Parse(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
