namespace Litre.Planning;

/// <summary>The time of a run's steps: those with new images, and those after them.</summary>
/// <param name="First">A step of the first epoch.</param>
/// <param name="Known">A step whose vision features are cached.</param>
/// <param name="KeptShare">Share of the images whose features fit in memory or on the disk.</param>
/// <param name="StepsPerEpoch">The steps of the first epoch.</param>
/// <param name="TotalSteps">The total steps of the run.</param>
public sealed record PlanTime(StepTime First, StepTime Known, double KeptShare, int StepsPerEpoch, int TotalSteps)
{
    /// <summary>Mean seconds of a step after the first epoch.</summary>
    public double LaterStepSeconds => KeptShare * Known.Seconds + (1 - KeptShare) * First.Seconds;

    /// <summary>Seconds of the first epoch, or of the run if it is shorter.</summary>
    public double FirstEpochSeconds => FirstSteps * First.Seconds;

    /// <summary>Seconds of each later epoch.</summary>
    public double LaterEpochSeconds => StepsPerEpoch * LaterStepSeconds;

    /// <summary>Seconds of all training steps, without validations, checkpoints and the final comparison.</summary>
    public double TrainingSeconds => FirstEpochSeconds + (TotalSteps - FirstSteps) * LaterStepSeconds;

    /// <summary>Mean seconds of a step.</summary>
    public double MeanStepSeconds => TrainingSeconds / Math.Max(1, TotalSteps);

    private int FirstSteps => Math.Min(StepsPerEpoch, TotalSteps);
}
