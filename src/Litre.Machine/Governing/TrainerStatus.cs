namespace Litre.Machine.Governing;

/// <summary>The trainer's report to the governor.</summary>
/// <param name="Sequence">The last order seen; 0 for none yet.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Step">Completed steps.</param>
/// <param name="Time">When this status was written.</param>
/// <param name="Restarts">How often the governor had to be restarted.</param>
/// <param name="IsUngoverned">Whether the trainer continues without a governor, since every one exits.</param>
public sealed record TrainerStatus(
    long Sequence,
    TrainerActivity State,
    int Step,
    DateTimeOffset Time,
    int Restarts = 0,
    bool IsUngoverned = false
);
