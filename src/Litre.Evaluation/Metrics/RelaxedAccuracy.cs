using System.Globalization;

namespace Litre.Evaluation.Metrics;

/// <summary>
/// ChartQA's relaxed accuracy (Masry and others 2022, after PlotQA): a number may be off by 5 % of the reference, anything else must
/// match exactly. A percent sign divides by 100 on both sides, but if only one side has it, the plain numbers are compared as well;
/// thousands separators and leading currency signs do not count.
/// </summary>
public static class RelaxedAccuracy
{
    /// <summary>Largest difference, as a share of the reference.</summary>
    public const double Tolerance = 0.05;

    // Slack for rounding: in binary arithmetic, a difference of 5 % of 20 may come out as 1.0000000000000009.
    private const double Rounding = 1e-9;

    /// <returns>0 or 1.</returns>
    public static double Score(string answer, IReadOnlyList<string> references) => references.Any(r => Matches(answer, r)) ? 1 : 0;

    /// <summary>The number in a text, with percent signs and separators interpreted; null if it is not a number.</summary>
    public static double? Number(string text) => Parse(text)?.Value;

    private static bool Matches(string answer, string reference)
    {
        if (Parse(reference) is not { } wanted || Parse(answer) is not { } found)
            return AnswerText.Normalize(answer) == AnswerText.Normalize(reference);
        if (IsClose(found.Value, wanted.Value))
            return true;
        return found.Percent != wanted.Percent
            && IsClose(found.Value * (found.Percent ? 100 : 1), wanted.Value * (wanted.Percent ? 100 : 1));
    }

    // A reference of zero has no tolerance.
    private static bool IsClose(double found, double expected) =>
        expected == 0 ? found == 0 : Math.Abs(found - expected) <= Math.Abs(expected) * (Tolerance + Rounding);

    private static (double Value, bool Percent)? Parse(string text)
    {
        var bare = AnswerText.Normalize(text).TrimStart('$', '¥', '€', '£').Replace(" ", "", StringComparison.Ordinal);
        var percent = bare.EndsWith('%');
        if (percent)
            bare = bare[..^1];
        if (!SeparatorsFit(bare))
            return null;
        return
            double.TryParse(
                bare.Replace(",", "", StringComparison.Ordinal),
                NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture,
                out var value
            ) && double.IsFinite(value)
            ? (percent ? value / 100 : value, percent)
            : null;
    }

    // 1,234,567 is a number; 1,2 is a list.
    private static bool SeparatorsFit(string text)
    {
        var groups = text.Split('.')[0].Split(',');
        return groups.Length == 1 || (groups[0].TrimStart('-', '+').Length is >= 1 and <= 3 && groups.Skip(1).All(g => g.Length == 3));
    }
}
