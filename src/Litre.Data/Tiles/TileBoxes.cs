using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Litre.Data.Imaging;

namespace Litre.Data.Tiles;

/// <summary>Converts coordinates in answers between a page's scale of 0 to 1000 and a tile's.</summary>
public static partial class TileBoxes
{
    [GeneratedRegex("""(["'])(bbox_2d|point_2d)\1\s*:\s*\[([^\[\]]*)\]""", RegexOptions.CultureInvariant)]
    internal static partial Regex Coordinates { get; }

    [GeneratedRegex(@"-?\d+(?:\.\d+)?", RegexOptions.CultureInvariant)]
    private static partial Regex Number { get; }

    /// <summary>Whether a text names boxes or points.</summary>
    public static bool Has(string text) => Coordinates.IsMatch(text);

    /// <summary>
    /// The answer about a tile with each <c>bbox_2d</c> and <c>point_2d</c> on the page's scale; all other text stays unchanged.
    /// </summary>
    /// <param name="answer">An answer with or without boxes, complete or truncated.</param>
    /// <param name="tile">The part of the page that was shown.</param>
    /// <param name="page">Size of the page in pixels.</param>
    public static string ToPage(string answer, ImageRegion tile, (int Width, int Height) page) =>
        Map(
            answer,
            (value, isX) =>
                isX ? (tile.X + value / 1000 * tile.Width) / page.Width * 1000 : (tile.Y + value / 1000 * tile.Height) / page.Height * 1000
        );

    /// <summary>
    /// The answer about a page with each <c>bbox_2d</c> and <c>point_2d</c> on the scale of a tile; parts beyond the tile's edges
    /// are clipped.
    /// </summary>
    public static string ToTile(string answer, ImageRegion tile, (int Width, int Height) page) =>
        Map(
            answer,
            (value, isX) =>
                isX ? (value / 1000 * page.Width - tile.X) / tile.Width * 1000 : (value / 1000 * page.Height - tile.Y) / tile.Height * 1000
        );

    /// <summary>The numbers of a box or point; null if they are not 4 or 2.</summary>
    internal static double[]? Numbers(Match coordinates)
    {
        double[] values =
        [
            .. Number.Matches(coordinates.Groups[3].Value).Select(m => double.Parse(m.ValueSpan, CultureInfo.InvariantCulture)),
        ];
        return values.Length == (coordinates.Groups[2].Value == "bbox_2d" ? 4 : 2) ? values : null;
    }

    /// <summary>The share of a box inside a tile, 0 to 1; for a point 0 or 1.</summary>
    internal static double Share(double[] values, ImageRegion tile, (int Width, int Height) page)
    {
        var (left, top) = (values[0] / 1000 * page.Width, values[1] / 1000 * page.Height);
        var (right, bottom) = values.Length == 4 ? (values[2] / 1000 * page.Width, values[3] / 1000 * page.Height) : (left, top);
        return Inside(left, right, tile.X, tile.Right) * Inside(top, bottom, tile.Y, tile.Bottom);

        static double Inside(double from, double to, double start, double end)
        {
            if (from > to)
                (from, to) = (to, from);
            return to - from < 1e-9
                ? (from >= start && from <= end ? 1 : 0)
                : Math.Max(0, Math.Min(to, end) - Math.Max(from, start)) / (to - from);
        }
    }

    private static string Map(string answer, Func<double, bool, double> map) =>
        Coordinates.Replace(
            answer,
            match =>
            {
                if (Numbers(match) is null)
                    return match.Value;
                var inner = match.Groups[3];
                var text = new StringBuilder();
                var (done, index) = (0, 0);
                foreach (Match number in Number.Matches(inner.Value))
                {
                    text.Append(inner.ValueSpan[done..number.Index]);
                    var value = Math.Clamp(map(double.Parse(number.ValueSpan, CultureInfo.InvariantCulture), index++ % 2 == 0), 0, 1000);
                    text.Append(Math.Round(value, MidpointRounding.AwayFromZero).ToString(CultureInfo.InvariantCulture));
                    done = number.Index + number.Length;
                }
                text.Append(inner.ValueSpan[done..]);
                return string.Concat(
                    match.Value.AsSpan(0, inner.Index - match.Index),
                    text.ToString(),
                    match.Value.AsSpan(inner.Index - match.Index + inner.Length)
                );
            }
        );
}
