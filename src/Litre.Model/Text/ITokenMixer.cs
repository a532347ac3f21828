using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>
/// The first half of a decoder layer, in which the tokens of a sequence receive information from earlier ones: attention, or a
/// recurrence.
/// </summary>
/// <remarks>T tokens, A of them requested, H hidden.</remarks>
public interface ITokenMixer : IDisposable
{
    /// <summary>Weights in checkpoint order; adapters are not among them.</summary>
    IEnumerable<Parameter> Parameters { get; }

    /// <summary>Linear modules that can carry an adapter.</summary>
    IEnumerable<Linear> Linears { get; }

    /// <summary>
    /// Whether a forward pass of one token per sequence over its state neither waits for the device nor needs the host's numbers.
    /// </summary>
    bool StaysOnDevice { get; }

    /// <summary>
    /// Creates the state that it keeps of sequences between forward passes, without tokens. In the type in which it computes.
    /// </summary>
    /// <param name="sequences">The sequences of all layers. Borrowed.</param>
    ILayerState CreateState(SequenceStates sequences);

    /// <param name="x">(T, H), normalized.</param>
    /// <param name="layout">The sequences' boundaries, and which of them continue after another one.</param>
    /// <param name="rotary">The positions' rotation.</param>
    /// <param name="pass">Whether to save.</param>
    /// <param name="state">What is kept of earlier tokens, to which these are added; of <see cref="CreateState"/>, or null.</param>
    /// <param name="rows">The tokens whose result is needed (A), or null for all.</param>
    /// <returns>(T, H), or (A, H), and what the backward pass reads.</returns>
    (Tensor Y, IDisposable? Saved) Forward(
        Tensor x,
        SequenceLayout layout,
        Rotary rotary,
        Pass pass,
        ILayerState? state = null,
        TokenRows? rows = null
    );

    /// <param name="dY">(T, H), or (A, H)</param>
    /// <param name="saved">What the forward pass saved; freed here.</param>
    /// <param name="rotary">The forward pass's rotary.</param>
    /// <param name="needInput">Whether dX is needed.</param>
    /// <returns>dX (T, H), or null.</returns>
    Tensor? Backward(Tensor dY, IDisposable saved, Rotary rotary, bool needInput = true);
}
