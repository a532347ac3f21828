namespace Litre.Training.Steps;

/// <summary>Which micro-batches of a step one of several ranks takes: every n-th one of n ranks, starting with its own number.</summary>
/// <param name="Rank">The rank, from zero.</param>
/// <param name="Size">How many ranks share the step.</param>
public readonly record struct StepShare(int Rank, int Size)
{
    /// <summary>The whole step.</summary>
    public static StepShare All => new(0, 1);

    /// <summary>Whether a micro-batch is among them.</summary>
    /// <param name="index">Its index in the whole step, from zero.</param>
    public bool Contains(int index) => index % Size == Rank;
}
