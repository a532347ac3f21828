using Litre.Model;

namespace Litre.Training.Steps;

/// <summary>A micro-batch with what was made of it ahead.</summary>
/// <param name="Samples">With their images.</param>
/// <param name="Tokens">Of all of them together; null where they are yet to be packed.</param>
public sealed record PreparedBatch(ModelSample[] Samples, PackedTokens? Tokens = null)
{
    /// <summary>Its place in the whole step, from zero, whichever rank takes it: what is random in a pass is drawn by it.</summary>
    public int Index { get; init; }

    /// <summary>Frees the samples' pixels and features.</summary>
    public void ReleaseImages()
    {
        foreach (var sample in Samples)
            sample.ReleaseImages();
    }
}
