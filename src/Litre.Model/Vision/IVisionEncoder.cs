using Litre.Model.Layers;

namespace Litre.Model.Vision;

/// <summary>The vision encoder before a text model: patches in, visual tokens out.</summary>
/// <remarks>Pm merged patch groups, H text hidden.</remarks>
public interface IVisionEncoder : IDisposable
{
    /// <summary>The checkpoint's tensors; adapters are not among them.</summary>
    IEnumerable<Parameter> Parameters { get; }

    /// <summary>Linear modules that can carry an adapter.</summary>
    IEnumerable<Linear> Linears { get; }

    /// <summary>Whether anything in it is trained, adapters included.</summary>
    bool Trainable { get; }

    /// <param name="input">The images.</param>
    /// <param name="pass">Whether to save.</param>
    /// <param name="recompute">Whether to keep little and recompute most of the forward pass in the backward pass.</param>
    /// <returns>The images' features, and what the backward pass reads.</returns>
    (VisionOutput Output, IDisposable? Saved) Forward(VisionInput input, Pass pass, bool recompute = false);

    /// <summary>Adds the gradients of what is trained.</summary>
    /// <param name="dOutput">The gradient of each feature, (Pm, H).</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    /// <param name="pass">The forward pass.</param>
    void Backward(VisionOutput dOutput, IDisposable saved, Pass pass);
}
