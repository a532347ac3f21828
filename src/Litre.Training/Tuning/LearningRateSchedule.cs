namespace Litre.Training.Tuning;

/// <summary>
/// The learning rate of each step: a linear warmup from zero, then constant, or falling linearly or along half a cosine
/// to zero after the last step, as transformers' schedulers of these names do.
/// </summary>
/// <param name="peak">After the warmup.</param>
/// <param name="kind">What follows it.</param>
/// <param name="warmupSteps">Steps until the peak.</param>
/// <param name="totalSteps">Of the run.</param>
public sealed class LearningRateSchedule(double peak, ScheduleKind kind, int warmupSteps, int totalSteps)
{
    /// <summary>Warmup given as steps (1 and more) or as a share of the run (below 1).</summary>
    public static int WarmupSteps(double warmup, int totalSteps) => warmup >= 1 ? (int)warmup : (int)Math.Ceiling(warmup * totalSteps);

    /// <param name="step">Counted from one.</param>
    public double At(int step)
    {
        var done = step - 1;
        if (done < warmupSteps)
            return peak * (done + 1) / (warmupSteps + 1);
        var share = (double)(done - warmupSteps) / Math.Max(1, totalSteps - warmupSteps);
        return kind switch
        {
            ScheduleKind.Linear => peak * Math.Max(0, 1 - share),
            ScheduleKind.Cosine => peak * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, share))),
            _ => peak,
        };
    }
}

/// <summary>How the learning rate falls after its warmup.</summary>
public enum ScheduleKind
{
    Constant,
    Linear,
    Cosine,
}
