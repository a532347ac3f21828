namespace Litre.Machine.Governing;

/// <summary>What a trainer is doing, as reported to the governor.</summary>
public enum TrainerActivity
{
    Running,

    /// <summary>Writing the checkpoint before a pause.</summary>
    Saving,

    Paused,

    /// <summary>Waiting until the disk has space for a checkpoint.</summary>
    WaitingForDisk,

    /// <summary>The training is over; what follows is not governed.</summary>
    Finished,
}
