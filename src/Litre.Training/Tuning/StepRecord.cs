using Litre.Machine.Sensors;

namespace Litre.Training.Tuning;

/// <summary>One optimizer step, as used by metrics, console and report.</summary>
/// <param name="Step">Counted from one.</param>
/// <param name="TotalSteps">The total steps of the whole run.</param>
/// <param name="Epoch">Epochs finished, including the fraction of the current one; null if there are no epochs.</param>
/// <param name="Loss">Mean over the answer tokens of the whole step.</param>
/// <param name="GradientNorm">The gradient norm before clipping.</param>
/// <param name="LearningRate">The learning rate of this step.</param>
/// <param name="Tokens">Tokens of the step, including those of images.</param>
/// <param name="AnswerTokens">Tokens that contribute to the loss.</param>
/// <param name="Seconds">Wall time of the step.</param>
/// <param name="Machine">The machine's readings after the step, or null.</param>
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
