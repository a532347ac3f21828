using Litre.Core;

namespace Litre.Data.Boxes;

/// <summary>Names of <see cref="BoxScale"/> on the command line and in recipes.</summary>
public static class BoxScales
{
    /// <summary>In the order of <see cref="BoxScale"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["thousandths", "pixels", "fractions"];

    /// <summary>The scale of a name; the model's own for null.</summary>
    /// <exception cref="InputException">There is none of this name.</exception>
    public static BoxScale Parse(string? name) =>
        name is null ? BoxScale.Thousandths
        : Names.ToList().IndexOf(name.ToLowerInvariant()) is var index and >= 0 ? (BoxScale)index
        : throw new InputException("boxes", name, $"expected {string.Join(", ", Names)}", null);
}
