using System.Globalization;
using System.Text.RegularExpressions;

namespace Litre.Machine.Setup;

/// <summary>
/// A version of a Python package (PEP 440), such as <c>2.11.0+cu130</c>; ordered by its numbers, pre-releases before the release.
/// </summary>
/// <param name="Text">The version as written.</param>
/// <param name="Numbers">The release, for example 2, 11, 0.</param>
/// <param name="Local">The part after the plus; empty if there is none.</param>
/// <param name="IsStable">False for alpha, beta, candidate and development releases.</param>
internal sealed partial record PackageVersion(string Text, IReadOnlyList<long> Numbers, string Local, bool IsStable)
    : IComparable<PackageVersion>
{
    /// <summary>Null if the text is not a version.</summary>
    public static PackageVersion? Parse(string text)
    {
        var match = Pattern().Match(text.Trim());
        return match.Success
            ? new PackageVersion(
                match.Value,
                [.. match.Groups["release"].Value.Split('.').Select(number => long.Parse(number, CultureInfo.InvariantCulture))],
                match.Groups["local"].Value,
                match.Groups["early"].Length == 0
            )
            : null;
    }

    /// <summary>Missing numbers count as zero: 2.11 is 2.11.0.</summary>
    public int CompareTo(PackageVersion? other)
    {
        for (var i = 0; other is not null && i < Math.Max(Numbers.Count, other.Numbers.Count); i++)
        {
            if (Number(i) != other.Number(i))
                return Number(i).CompareTo(other.Number(i));
        }
        return other is null ? 1 : IsStable.CompareTo(other.IsStable);
    }

    /// <summary>
    /// True if a list such as <c>==13.1.0.3.*</c> or <c>&gt;=3.4,&lt;4</c> allows this version; an empty one allows all.
    /// </summary>
    public bool Satisfies(string specifiers) =>
        specifiers.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).All(SatisfiesOne);

    private bool SatisfiesOne(string specifier)
    {
        var sign = Sign().Match(specifier).Value;
        var text = specifier[sign.Length..].Trim();
        var isPrefix = text.EndsWith(".*", StringComparison.Ordinal);
        if (Parse(isPrefix ? text[..^2] : text) is not { } bound)
            return false;
        // Local parts are compared only if the specifier has one.
        var isSame = isPrefix
            ? bound.Numbers.Select((number, i) => number == Number(i)).All(same => same)
            : CompareTo(bound) == 0 && (bound.Local.Length == 0 || bound.Local == Local);
        return sign switch
        {
            "==" or "===" => isSame,
            "!=" => !isSame,
            ">=" => CompareTo(bound) >= 0,
            "<=" => CompareTo(bound) <= 0,
            ">" => CompareTo(bound) > 0,
            "<" => CompareTo(bound) < 0,
            "~=" => CompareTo(bound) >= 0 && bound.Numbers.SkipLast(1).Select((number, i) => number == Number(i)).All(same => same),
            _ => false,
        };
    }

    private long Number(int place) => place < Numbers.Count ? Numbers[place] : 0;

    [GeneratedRegex(
        """^(?<release>\d{1,18}(?:\.\d{1,18})*)"""
            + """(?<early>[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview|dev)[-_.]?\d*(?:\.dev\d+)?)?"""
            + """(?:[-_.]?post\d*)?(?:\+(?<local>[A-Za-z0-9._-]+))?$"""
    )]
    private static partial Regex Pattern();

    [GeneratedRegex("""^(?:===|==|!=|~=|>=|<=|>|<)?""")]
    private static partial Regex Sign();
}
