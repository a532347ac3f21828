using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Litre.Data.Boxes;

/// <summary>
/// Boxes and points in texts: under a JSON key (<c>bbox_2d</c>, <c>point_2d</c>, <c>bbox</c>, <c>box</c>,
/// <c>point</c>, <c>coordinate</c> and similar ones), or between box tokens and <c>&lt;box&gt;</c> tags. Horizontal and
/// vertical coordinates alternate.
/// </summary>
internal static partial class WrittenBoxes
{
    [GeneratedRegex(
        """["'](?<key>bbox_2d|point_2d|bbox2d|point2d|bboxes|bbox|boxes|box|bounding_box"""
            + """|points|point|polygon|quad|coordinates|coordinate)["']"""
            + """\s*:\s*(?<numbers>\[[\s\d.,\[\]()eE+-]*\d[\s\d.,\[\]()eE+-]*\])"""
            + """|<\|(?<key>box|quad|point)_start\|>(?<numbers>[\s\d.,()\[\]eE+-]*)<\|\k<key>_end\|>"""
            + """|<(?<key>box|point|quad)>(?<numbers>[\s\d.,()\[\]eE+-]*)</\k<key>>""",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Coordinates { get; }

    // A text that consists only of the list of one box.
    [GeneratedRegex(@"\A\s*(?<numbers>\[(?:\s*-?\d+(?:\.\d+)?\s*,){3}\s*-?\d+(?:\.\d+)?\s*\])\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Alone { get; }

    [GeneratedRegex(@"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", RegexOptions.CultureInvariant)]
    private static partial Regex Number { get; }

    /// <summary>The numbers of each box, point or list of them in a text, in its order; lists of an odd length are omitted.</summary>
    public static IEnumerable<(string Key, double[] Values)> Find(string text) =>
        Coordinates
            .Matches(text)
            .Concat(Alone.Matches(text))
            .Select(m => (m.Groups["key"].Value, Values(m.Groups["numbers"].Value)))
            .Where(b => b.Item2 is { Length: > 0 } v && v.Length % 2 == 0);

    /// <summary>A text with each coordinate replaced; the rest stays unchanged. Edges of boxes are in order afterward.</summary>
    /// <param name="text">A text with or without boxes.</param>
    /// <param name="map">Returns the new coordinate for a value and whether it is horizontal.</param>
    public static string Map(string text, Func<double, bool, int> map) =>
        (Alone.IsMatch(text) ? Alone : Coordinates).Replace(
            text,
            match =>
            {
                var written = match.Groups["numbers"];
                var values = Values(written.Value);
                if (values.Length == 0 || values.Length % 2 != 0)
                    return match.Value;
                var mapped = values.Select((v, i) => map(v, i % 2 == 0)).ToArray();
                if (IsBox(match.Groups["key"].Value, values.Length))
                    for (var i = 0; i < mapped.Length; i += 4)
                        Order(mapped.AsSpan(i, 4));
                var result = new StringBuilder();
                var (done, index) = (0, 0);
                foreach (Match number in Number.Matches(written.Value))
                {
                    result.Append(written.ValueSpan[done..number.Index]).Append(mapped[index++].ToString(CultureInfo.InvariantCulture));
                    done = number.Index + number.Length;
                }
                result.Append(written.ValueSpan[done..]);
                var start = written.Index - match.Index;
                return string.Concat(match.Value.AsSpan(0, start), result.ToString(), match.Value.AsSpan(start + written.Length));
            }
        );

    /// <summary>True if the numbers are corners of boxes, two each, rather than points.</summary>
    public static bool IsBox(string key, int count) => (key.Length == 0 || key.Contains("box", StringComparison.Ordinal)) && count % 4 == 0;

    private static double[] Values(string numbers) =>
        [.. Number.Matches(numbers).Select(m => double.Parse(m.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture))];

    private static void Order(Span<int> box)
    {
        if (box[0] > box[2])
            (box[0], box[2]) = (box[2], box[0]);
        if (box[1] > box[3])
            (box[1], box[3]) = (box[3], box[1]);
    }
}
