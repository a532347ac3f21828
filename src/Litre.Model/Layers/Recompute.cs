namespace Litre.Model.Layers;

/// <summary>What a training pass recomputes in its backward pass instead of keeping it (Chen and others 2016).</summary>
/// <param name="TextLayers">This many decoder layers, counted from the first.</param>
/// <param name="Vision">The vision tower's blocks, if the vision tower is trained.</param>
public sealed record Recompute(int TextLayers, bool Vision)
{
    public static Recompute None { get; } = new(0, false);

    public static Recompute All { get; } = new(int.MaxValue, true);
}
