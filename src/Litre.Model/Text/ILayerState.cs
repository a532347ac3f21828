namespace Litre.Model.Text;

/// <summary>
/// What one layer keeps of several sequences between forward passes: one row per token, as keys and values are, or one state per
/// sequence, which each token changes. Its mixer writes it; <see cref="SequenceStates"/> defines the sequences and their lengths.
/// </summary>
public interface ILayerState : IDisposable
{
    /// <summary>
    /// Whether a sequence has one state, which each token changes; otherwise each token has its own row
    /// (<see cref="StateUpdate.Rows"/>).
    /// </summary>
    bool IsRecurrent { get; }

    /// <summary>The longest beginning of a sequence to which it can be rewound.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="length">Tokens of it, at most as many as the sequence has.</param>
    /// <returns>At most that many tokens; 0 is always possible.</returns>
    int Restorable(int sequence, int length);

    /// <summary>Removes the tokens of a sequence after its first ones, whose number must be restorable.</summary>
    void Truncate(int sequence, int length);

    /// <summary>Copies the first tokens of a sequence, whose number must be restorable, to another one, which has none.</summary>
    void Copy(int from, int to, int length);

    /// <summary>Moves all sequences to other rows of a new size. Lengths and starts of the sequences are still the old ones.</summary>
    /// <param name="rows">How many rows there are then.</param>
    /// <param name="starts">The new first row of each sequence.</param>
    void Move(int rows, IReadOnlyList<int> starts);
}
