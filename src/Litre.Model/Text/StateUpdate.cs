using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Text;

/// <summary>What one forward pass adds to the states of its sequences.</summary>
/// <remarks>T new tokens, S sequences of the forward pass.</remarks>
/// <param name="Rows">(T) int64: the row that each new token takes in a state with one row per token.</param>
/// <param name="Layout">Rows in use of these sequences, the new tokens' among them.</param>
/// <param name="Sequences">
/// Which of the states' each sequence of the forward pass belongs to, S. A beginning that several share belongs to the first of them,
/// and is before what that one continues with: what is written last is a sequence's state.
/// </param>
/// <param name="Source">
/// (T) int64: the forward pass's tokens in the order of the rows, where sequences share a beginning; else null.
/// </param>
public sealed record StateUpdate(Tensor Rows, SequenceLayout Layout, IReadOnlyList<int> Sequences, Tensor? Source = null) : IDisposable
{
    /// <summary>
    /// Whether the forward pass has one token of each sequence. All that differs from one such forward pass to the next is then on the
    /// device.
    /// </summary>
    public bool IsStep { get; init; }

    /// <summary>(S) int64: <see cref="Sequences"/> on the device, of a step, where some state is recurrent; else null.</summary>
    public Tensor? Slots { get; init; }

    /// <summary>
    /// (S) bool, with <see cref="Slots"/>: the sequences that have ended. Their last token is repeated and must not change their states
    /// again.
    /// </summary>
    public Tensor? Repeats { get; init; }

    public void Dispose()
    {
        Rows.Dispose();
        Layout.Dispose();
        Source?.Dispose();
        Slots?.Dispose();
        Repeats?.Dispose();
    }
}
