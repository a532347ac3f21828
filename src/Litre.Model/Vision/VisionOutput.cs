using Litre.Torch;

namespace Litre.Model.Vision;

/// <summary>What the tower gives the text model: one row a merged patch group.</summary>
/// <param name="Merged">(P / m, H), put in place of the pictures' tokens.</param>
/// <param name="Deepstack">(P / m, H) each, added to those tokens' hidden states after the first text layers.</param>
public sealed record VisionOutput(Tensor Merged, IReadOnlyList<Tensor> Deepstack) : IDisposable
{
    public void Dispose()
    {
        Merged.Dispose();
        foreach (var tensor in Deepstack) tensor.Dispose();
    }
}
