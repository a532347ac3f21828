namespace Litre.Planning;

/// <summary>How long the steps of a run take: those that see images for the first time, and those after them.</summary>
/// <param name="First">A step of the first epoch.</param>
/// <param name="Known">A step whose images the vision tower has seen before and whose outputs were kept.</param>
/// <param name="KeptShare">Share of the images whose outputs there is room for, in memory or on the disk.</param>
/// <param name="StepsPerEpoch">Of the first epoch.</param>
/// <param name="TotalSteps">Of the run.</param>
public sealed record PlanTime(StepTime First, StepTime Known, double KeptShare, int StepsPerEpoch, int TotalSteps)
{
    /// <summary>A step after the first epoch.</summary>
    public double LaterStepSeconds => KeptShare * Known.Seconds + (1 - KeptShare) * First.Seconds;

    /// <summary>The first epoch, or the run where it is shorter.</summary>
    public double FirstEpochSeconds => FirstSteps * First.Seconds;

    /// <summary>Every epoch after it.</summary>
    public double LaterEpochSeconds => StepsPerEpoch * LaterStepSeconds;

    /// <summary>All training steps, without validations, checkpoints and the comparison after them.</summary>
    public double TrainingSeconds => FirstEpochSeconds + (TotalSteps - FirstSteps) * LaterStepSeconds;

    /// <summary>A step on average.</summary>
    public double MeanStepSeconds => TrainingSeconds / Math.Max(1, TotalSteps);

    private int FirstSteps => Math.Min(StepsPerEpoch, TotalSteps);
}
