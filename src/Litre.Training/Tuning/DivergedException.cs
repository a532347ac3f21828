namespace Litre.Training.Tuning;

/// <summary>
/// The numbers of a run cannot be used any more: the run ends as <see cref="TuneEndReason.Diverged"/>. The message is one line
/// that names the step and the setting that is likely to blame.
/// </summary>
internal sealed class DivergedException(string message) : Exception(message);
