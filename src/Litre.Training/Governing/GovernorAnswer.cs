namespace Litre.Training.Governing;

/// <summary>What the trainer tells the governor.</summary>
/// <param name="Sequence">The last order seen; 0 for none yet.</param>
/// <param name="State">What it does.</param>
/// <param name="Step">Steps taken.</param>
/// <param name="Time">When this was written.</param>
public sealed record GovernorAnswer(long Sequence, TrainerActivity State, int Step, DateTimeOffset Time);
