using System.Globalization;
using Litre.Model.Layers;

namespace Litre.Training.Tuning;

/// <summary>
/// How many decoder layers a run recomputes, as set by the user. Every choice gives the same results, bit for bit; fewer layers are
/// faster and need more memory.
/// </summary>
/// <param name="Layers">The number of layers, counted from the first; null lets the plan choose.</param>
public readonly record struct RecomputeSetting(int? Layers)
{
    public static RecomputeSetting Auto => default;

    public static RecomputeSetting None => new(0);

    public static RecomputeSetting All => new(int.MaxValue);

    /// <summary>The setting of a training pass. Without a plan, the choice that needs the least memory.</summary>
    /// <remarks>If the vision tower is trained, its blocks are recomputed as soon as any layer is.</remarks>
    public Recompute Recompute =>
        Layers switch
        {
            null or int.MaxValue => Recompute.All,
            0 => Recompute.None,
            { } layers => new Recompute(layers, true),
        };

    /// <summary>
    /// Reads <c>auto</c>, <c>none</c>, <c>all</c> or a number; <c>true</c> and <c>false</c> occur in recipes of earlier versions.
    /// </summary>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static RecomputeSetting Parse(string text) =>
        text switch
        {
            "auto" => Auto,
            "none" or "false" => None,
            "all" or "true" => All,
            _ when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var layers) => new RecomputeSetting(layers),
            _ => throw new FormatException("expected auto, none, all or a number of layers"),
        };

    public override string ToString() =>
        Layers switch
        {
            null => "auto",
            0 => "none",
            int.MaxValue => "all",
            { } layers => layers.ToString(CultureInfo.InvariantCulture),
        };
}
