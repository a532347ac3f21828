using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>How one forward of the text model runs.</summary>
/// <param name="RecomputeLayers">This many layers, counted from the first, keep only their input for the backward.</param>
/// <param name="InputGradient">Gradients of the images' features will be wanted.</param>
/// <param name="States">What layers keep of the sequences' earlier tokens, or null.</param>
/// <param name="Rows">
/// The tokens whose hidden states are wanted (A), or null for all. What follows the last layer's attention then
/// runs on these alone.
/// </param>
/// <param name="LayerHook">Shown the embedding (0) and each layer's output (1 …) before deepstack features are added, the last
/// after.</param>
public sealed record TextOptions(
    int RecomputeLayers = 0,
    bool InputGradient = false,
    SequenceStates? States = null,
    TokenRows? Rows = null,
    Action<int, Tensor>? LayerHook = null
)
{
    public static TextOptions Default { get; } = new();
}
