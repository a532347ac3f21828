using Litre.Machine.Sensors;

namespace Litre.Training.Tuning;

/// <summary>One optimizer step, as metrics, console and report see it.</summary>
/// <param name="Step">Counted from one.</param>
/// <param name="TotalSteps">Of the whole run.</param>
/// <param name="Epoch">Epochs finished, with the fraction of the running one; null where there are no epochs.</param>
/// <param name="Loss">Mean over the answer tokens of the whole step.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="LearningRate">Of this step.</param>
/// <param name="Tokens">Tokens of the step, images' tokens included.</param>
/// <param name="AnswerTokens">Tokens that a loss was taken for.</param>
/// <param name="Seconds">Wall time of the step.</param>
/// <param name="Machine">The machine after the step, or null where it was not asked.</param>
public sealed record StepRecord(
    int Step,
    int TotalSteps,
    double? Epoch,
    double Loss,
    double GradientNorm,
    double LearningRate,
    int Tokens,
    int AnswerTokens,
    double Seconds,
    MachineReading? Machine
)
{
    public double TokensPerSecond => Seconds > 0 ? Tokens / Seconds : 0;
}
