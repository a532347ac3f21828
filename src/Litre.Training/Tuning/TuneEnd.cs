namespace Litre.Training.Tuning;

/// <summary>How a run ended.</summary>
/// <param name="Reason">Why it ended.</param>
/// <param name="LastStep">The last step taken.</param>
/// <param name="LastCheckpoint">The newest checkpoint's folder, or null.</param>
/// <param name="BestCheckpoint">The folder with the lowest validation loss, or null.</param>
/// <param name="BestLoss">That loss, or null without a held-out side.</param>
public sealed record TuneEnd(TuneEndReason Reason, int LastStep, string? LastCheckpoint, string? BestCheckpoint, double? BestLoss);
