namespace Litre.Model.Layers;

/// <summary>What one forward pass over a micro-batch is for.</summary>
/// <param name="Save">Keep what the backward needs.</param>
/// <param name="Dropout">The masks of this pass, or null outside training.</param>
/// <param name="Repeated">The backward will run it again and save then; both must give the same bits.</param>
public sealed record Pass(bool Save, DropoutMasks? Dropout = null, bool Repeated = false)
{
    /// <summary>A pass whose results alone are wanted.</summary>
    public static Pass Inference { get; } = new(false);

    /// <summary>A pass that a backward will follow, without dropout.</summary>
    public static Pass Training { get; } = new(true);

    /// <summary>The adapters of its rows. Borrowed; it lives until the pass and its backward are over.</summary>
    public AdapterSelection Adapters { get; init; } = AdapterSelection.First;

    /// <summary>The pass for some of its rows; for all of them where <paramref name="rows"/> is null.</summary>
    public Pass Take(TokenRows? rows) => rows is null || Adapters.Slot is not null ? this : this with { Adapters = Adapters.Take(rows) };

    /// <summary>The pass after neighboring rows have been joined to one.</summary>
    /// <param name="rows">How many become one.</param>
    public Pass Group(long rows) => Adapters.Slot is not null ? this : this with { Adapters = Adapters.Group(rows) };
}
