namespace Litre.Machine.Governing;

/// <summary>What the trainer tells the governor.</summary>
/// <param name="Sequence">The last order seen; 0 for none yet.</param>
/// <param name="State">What it does.</param>
/// <param name="Step">Steps taken.</param>
/// <param name="Time">When this was written.</param>
/// <param name="Restarts">How often the governor had to be started again.</param>
/// <param name="IsUngoverned">Whether the trainer goes on without a governor, since none stays alive.</param>
public sealed record TrainerStatus(
    long Sequence,
    TrainerActivity State,
    int Step,
    DateTimeOffset Time,
    int Restarts = 0,
    bool IsUngoverned = false
);
