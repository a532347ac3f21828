using Litre.Model;

namespace Litre.Training.Steps;

/// <summary>A micro-batch together with what was prepared for it in advance.</summary>
/// <param name="Samples">The samples with their images.</param>
/// <param name="Tokens">The tokens of all of them together; null if they are not packed yet.</param>
public sealed record PreparedBatch(ModelSample[] Samples, PackedTokens? Tokens = null)
{
    /// <summary>
    /// Its index in the whole step, from zero and independent of the rank that takes it: it seeds the randomness of a pass.
    /// </summary>
    public int Index { get; init; }

    /// <summary>Frees the samples' pixels and features.</summary>
    public void ReleaseImages()
    {
        foreach (var sample in Samples)
            sample.ReleaseImages();
    }
}
