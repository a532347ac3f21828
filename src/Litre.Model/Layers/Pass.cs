namespace Litre.Model.Layers;

/// <summary>The purpose of one forward pass over a micro-batch.</summary>
/// <param name="Save">Keep what the backward pass needs.</param>
/// <param name="Dropout">The masks of this pass, or null outside training.</param>
/// <param name="Repeated">The backward pass will run it again and save then; both must give the same bits.</param>
public sealed record Pass(bool Save, DropoutMasks? Dropout = null, bool Repeated = false)
{
    /// <summary>A pass of which only the results are needed.</summary>
    public static Pass Inference { get; } = new(false);

    /// <summary>A pass that is followed by a backward pass, without dropout.</summary>
    public static Pass Training { get; } = new(true);

    /// <summary>The adapters of its rows. Borrowed; must exist until the pass and its backward pass are finished.</summary>
    public AdapterSelection Adapters { get; init; } = AdapterSelection.First;

    /// <summary>The pass for some of its rows; for all of them where <paramref name="rows"/> is null.</summary>
    public Pass Take(TokenRows? rows) => rows is null || Adapters.Slot is not null ? this : this with { Adapters = Adapters.Take(rows) };

    /// <summary>The pass after neighboring rows have been merged into one.</summary>
    /// <param name="rows">How many rows are merged into one.</param>
    public Pass Group(long rows) => Adapters.Slot is not null ? this : this with { Adapters = Adapters.Group(rows) };
}
