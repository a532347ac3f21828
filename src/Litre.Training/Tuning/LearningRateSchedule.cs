namespace Litre.Training.Tuning;

/// <summary>
/// The learning rate of each step: a linear warmup from zero, then constant, or decreasing to zero after the last step, linearly or
/// along half a cosine, like transformers' schedulers with these names.
/// </summary>
/// <param name="peak">The learning rate after the warmup.</param>
/// <param name="kind">The schedule after the warmup.</param>
/// <param name="warmupSteps">Steps before the peak.</param>
/// <param name="totalSteps">The total steps of the run.</param>
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

/// <summary>How the learning rate changes after the warmup.</summary>
public enum ScheduleKind
{
    Constant,
    Linear,
    Cosine,
}
