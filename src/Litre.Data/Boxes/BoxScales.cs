using Litre.Core;

namespace Litre.Data.Boxes;

/// <summary>Names of <see cref="BoxScale"/> on the command line and in recipes.</summary>
public static class BoxScales
{
    /// <summary>In the order of <see cref="BoxScale"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["thousandths", "pixels", "fractions"];

    /// <summary>The scale of a name; the model's own for null.</summary>
    /// <exception cref="InputException">There is no scale of this name.</exception>
    public static BoxScale Parse(string? name) =>
        name is null ? BoxScale.Thousandths
        : Names.ToList().IndexOf(name.ToLowerInvariant()) is var index and >= 0 ? (BoxScale)index
        : throw new InputException("boxes", name, $"expected {string.Join(", ", Names)}", null);
}

/// <summary>The scale of boxes and points in the data; the model's is 0 to 1000 along both sides.</summary>
public enum BoxScale
{
    /// <summary>0 to 1000; nothing is converted.</summary>
    Thousandths,

    /// <summary>Pixels of the upright image at its size in the file.</summary>
    Pixels,

    /// <summary>Fractions of the image's sides, 0 to 1.</summary>
    Fractions,
}
