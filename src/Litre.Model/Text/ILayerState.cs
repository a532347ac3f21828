namespace Litre.Model.Text;

/// <summary>
/// What one layer keeps of several sequences between forwards: a row a token, as keys and values are, or one state a sequence, which
/// each token changes. Its mixer writes it; <see cref="SequenceStates"/> says which sequences there are, and how long they are.
/// </summary>
public interface ILayerState : IDisposable
{
    /// <summary>
    /// Whether a sequence has one state, which each token changes; else tokens have rows of their own (<see cref="StateUpdate.Rows"/>).
    /// </summary>
    bool IsRecurrent { get; }

    /// <summary>The longest beginning of a sequence that it can go back to.</summary>
    /// <param name="sequence">Which.</param>
    /// <param name="length">Tokens of it, at most as many as the sequence has.</param>
    /// <returns>At most that many tokens; 0 is always possible.</returns>
    int Restorable(int sequence, int length);

    /// <summary>Forgets the tokens of a sequence behind its first ones, whose number is restorable.</summary>
    void Truncate(int sequence, int length);

    /// <summary>Reserves space for more tokens of each sequence. Lengths, and the capacity so far, are still the sequences'.</summary>
    void Grow(int capacity);
}
