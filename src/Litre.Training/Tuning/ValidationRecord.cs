namespace Litre.Training.Tuning;

/// <summary>The loss on the held-out side after some step.</summary>
/// <param name="Step">After which step; 0 before the first.</param>
/// <param name="Loss">Mean over answer tokens.</param>
/// <param name="Best">Whether it is the lowest so far.</param>
/// <param name="Seconds">Wall time.</param>
public sealed record ValidationRecord(int Step, double Loss, bool Best, double Seconds);
