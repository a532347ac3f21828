using System.Globalization;
using System.Text.RegularExpressions;

namespace Litre.Data.Preview;

/// <summary>A box in an answer, on the model's scale of 0 to 1000 for both sides.</summary>
/// <param name="Left">Distance from the left edge.</param>
/// <param name="Top">Distance from the upper edge.</param>
/// <param name="Right">Distance from the left edge.</param>
/// <param name="Bottom">Distance from the upper edge.</param>
/// <param name="Label">What it contains; empty if the answer does not state it.</param>
public readonly partial record struct BoundingBox(double Left, double Top, double Right, double Bottom, string Label)
{
    [GeneratedRegex(
        """\{[^{}]*"bbox_2d"\s*:\s*\[\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*\][^{}]*\}""",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Box { get; }

    [GeneratedRegex("\"label\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"", RegexOptions.CultureInvariant)]
    private static partial Regex LabelOf { get; }

    /// <summary>All boxes of an answer's JSON; none if it has no <c>bbox_2d</c>.</summary>
    public static IReadOnlyList<BoundingBox> Find(string answer)
    {
        var boxes = new List<BoundingBox>();
        Span<double> sides = stackalloc double[4];
        foreach (Match match in Box.Matches(answer))
        {
            var valid = true;
            for (var i = 0; i < 4; i++)
                valid &= double.TryParse(match.Groups[i + 1].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out sides[i]);
            if (valid)
                boxes.Add(new BoundingBox(sides[0], sides[1], sides[2], sides[3], LabelOf.Match(match.Value).Groups[1].Value));
        }
        return boxes;
    }
}
