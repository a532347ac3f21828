namespace Litre.Training.Tuning;

/// <summary>The loss on the held-out side after some step.</summary>
/// <param name="Step">After which step; 0 is the untouched base.</param>
/// <param name="Loss">Mean over answer tokens; may be not finite.</param>
/// <param name="Best">Whether it is the lowest so far and not above the base's.</param>
/// <param name="Seconds">Wall time.</param>
public sealed record ValidationRecord(int Step, double Loss, bool Best, double Seconds)
{
    /// <summary>The untouched base's loss on the same samples; null where it is not known.</summary>
    public double? BaseLoss { get; init; }

    /// <summary>The lowest finite loss after a step so far, this one included; null before the first.</summary>
    public double? LowestLoss { get; init; }

    /// <summary>After which step that was.</summary>
    public int LowestStep { get; init; }

    /// <summary>Whether the untouched base does better, or the loss is not finite.</summary>
    public bool IsWorseThanBase => Step > 0 && (!double.IsFinite(Loss) || Loss > BaseLoss);
}
