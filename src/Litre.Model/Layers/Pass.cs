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
}
