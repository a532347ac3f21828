using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Experts;

/// <summary>The second half of a decoder layer: a dense SwiGLU block or a mixture of experts.</summary>
public interface IFeedForward : IDisposable
{
    /// <summary>Weights in checkpoint order; adapters are not among them.</summary>
    IEnumerable<Parameter> Parameters { get; }

    /// <summary>Linear modules that can carry an adapter.</summary>
    IEnumerable<Linear> Linears { get; }

    /// <summary>Expert tensors that can carry an adapter.</summary>
    IEnumerable<ExpertLinear> ExpertLinears { get; }

    /// <summary>Whether anything in it is trained, adapters included.</summary>
    bool Trainable { get; }

    /// <summary>Whether an inference forward pass neither waits for the device nor needs the host's numbers.</summary>
    /// <param name="adapters">The forward pass's adapters.</param>
    bool StaysOnDevice(AdapterSelection adapters);

    /// <param name="x">(T, H), normalized.</param>
    /// <param name="residual">(T, H), to which the block's result is added.</param>
    /// <param name="pass">Whether to save.</param>
    /// <returns>(T, H), and what the backward pass reads.</returns>
    (Tensor Y, IDisposable? Saved) Forward(Tensor x, Tensor residual, Pass pass);

    /// <param name="dY">(T, H)</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    /// <returns>dX (T, H); the residual's gradient is dY.</returns>
    Tensor Backward(Tensor dY, IDisposable saved);
}
