using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>How one forward pass of the text model runs.</summary>
/// <param name="RecomputeLayers">This many layers, counted from the first, keep only their input for the backward pass.</param>
/// <param name="InputGradient">Whether gradients of the images' features will be needed.</param>
/// <param name="States">What layers keep of the sequences' earlier tokens, or null.</param>
/// <param name="Rows">
/// The tokens whose hidden states are needed (A), or null for all. What follows the last layer's attention then runs only on these.
/// </param>
/// <param name="LayerHook">
/// Called with the embedding (0) and each layer's output (1 …) before deepstack features are added, the last after.
/// </param>
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
