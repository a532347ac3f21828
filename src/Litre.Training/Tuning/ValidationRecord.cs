namespace Litre.Training.Tuning;

/// <summary>The held-out loss after a step.</summary>
/// <param name="Step">After which step; 0 is the base model.</param>
/// <param name="Loss">Mean over answer tokens; may not be finite.</param>
/// <param name="Best">Whether it is the lowest so far and not above the base model's.</param>
/// <param name="Seconds">Wall time.</param>
public sealed record ValidationRecord(int Step, double Loss, bool Best, double Seconds)
{
    /// <summary>The base model's loss on the same samples; null if it is not known.</summary>
    public double? BaseLoss { get; init; }

    /// <summary>The lowest finite loss after a step so far, this one included; null before the first.</summary>
    public double? LowestLoss { get; init; }

    /// <summary>The step after which it was measured.</summary>
    public int LowestStep { get; init; }

    /// <summary>Whether the base model has a lower loss, or the loss is not finite.</summary>
    public bool IsWorseThanBase => Step > 0 && (!double.IsFinite(Loss) || Loss > BaseLoss);
}
