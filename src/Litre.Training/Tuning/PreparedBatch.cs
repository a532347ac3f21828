using Litre.Model;

namespace Litre.Training.Tuning;

/// <summary>A micro-batch with what was made of it ahead.</summary>
/// <param name="Samples">With their pictures.</param>
/// <param name="Tokens">Of all of them together; null where they are yet to be packed.</param>
public sealed record PreparedBatch(ModelSample[] Samples, PackedTokens? Tokens = null)
{
    /// <summary>Frees the samples' pixels and features.</summary>
    public void FreePictures()
    {
        foreach (var sample in Samples)
            sample.FreePictures();
    }
}
