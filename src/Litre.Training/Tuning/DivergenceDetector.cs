using System.Globalization;
using Litre.Torch;

namespace Litre.Training.Tuning;

/// <summary>
/// Detects from the losses of a run that it cannot succeed any more: losses or gradients are not finite, or losses are far above the
/// base model's for long. Its state is part of the run's state, so that a resumed run ends at the same step.
/// </summary>
/// <param name="settings">The recipe, whose settings the message names as the cause.</param>
/// <param name="totalSteps">The total steps of the run.</param>
/// <param name="heldOut">Whether held-out samples can confirm the training losses.</param>
internal sealed class DivergenceDetector(TuneSettings settings, int totalSteps, bool heldOut)
{
    /// <summary>
    /// Maximum number of consecutive steps without a finite loss and gradient. A single step may overflow; a run in which every step
    /// does is lost.
    /// </summary>
    public const int MaxNonFiniteSteps = 5;

    // More than a hard batch or two.
    private const int MinFarSteps = 3;

    // Usual learning rates for adapters and for full training; a higher rate is named as the cause first.
    private const double UsualAdapterRate = 1e-4;
    private const double UsualFullRate = 1e-5;

    /// <summary>Number of consecutive steps far above the base model's loss after which the run is examined.</summary>
    public int MaxFarSteps { get; } = heldOut ? Math.Clamp(totalSteps / 4, 5, 20) : Math.Clamp(totalSteps / 2, 10, 50);

    /// <summary>
    /// Whether a loss is far above the base model's: by half of it, and by at least 1.5 nats; by twice that if nothing can confirm it.
    /// </summary>
    public bool IsFarAboveBase(double loss, double baseLoss) => !(loss <= baseLoss + (heldOut ? 1 : 2) * Math.Max(1.5, baseLoss / 2));

    /// <summary>The state after one more step.</summary>
    /// <param name="state">The state before it.</param>
    /// <param name="step">The step number.</param>
    /// <param name="loss">Mean over its answer tokens.</param>
    /// <param name="norm">The norm of its gradients.</param>
    /// <exception cref="DivergedException">Too many consecutive steps were not finite.</exception>
    public TrainerState Advance(TrainerState state, int step, double loss, double norm)
    {
        if (!double.IsFinite(norm) || !double.IsFinite(loss))
        {
            state = state with { NotFinite = state.NotFinite + 1 };
            return state.NotFinite < MaxNonFiniteSteps
                ? state
                : throw new DivergedException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"step {step}: diverged: loss or gradients were not finite in {state.NotFinite} consecutive "
                            + $"steps, starting with step {step - state.NotFinite + 1}; {Explain(state)}"
                    )
                );
        }
        // The first step's loss is the base model's loss on its samples.
        var first = state.FirstLoss ?? loss;
        var isFar = IsFarAboveBase(loss, Math.Max(first, state.BaseLoss ?? first));
        return state with { NotFinite = 0, FirstLoss = first, FarSteps = isFar ? state.FarSteps + 1 : 0, LastLoss = loss };
    }

    /// <summary>Whether the last steps suggest that the run diverged, so that a checkpoint of them is of little use.</summary>
    public static bool IsSuspect(TrainerState state) => state.NotFinite > 0 || state.FarSteps >= MinFarSteps;

    /// <summary>
    /// Whether a validation is needed now to determine whether the run has diverged; without held-out samples, the training losses
    /// decide.
    /// </summary>
    /// <exception cref="DivergedException">The training losses show that the run has diverged.</exception>
    public bool NeedsValidation(TrainerState state)
    {
        if (state.FarSteps < MaxFarSteps)
            return false;
        if (heldOut && state.BaseLoss is not null)
            return true;
        throw FarAboveBase(state, "");
    }

    /// <summary>The state after a validation, which determines whether high training losses are significant.</summary>
    /// <exception cref="DivergedException">
    /// The held-out loss is not finite, or far above the base model's like the training losses.
    /// </exception>
    public TrainerState AfterValidation(TrainerState state, double heldOutLoss)
    {
        if (!double.IsFinite(heldOutLoss))
        {
            throw new DivergedException(
                state.Step == 0
                    ? $"step 0: the held-out loss of the base model is not finite ({Number(heldOutLoss)}), so nothing "
                        + $"can be learned from it; {ExplainBase()}"
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"step {state.Step}: diverged: the held-out loss is not finite ({Number(heldOutLoss)}); {Explain(state)}"
                    )
            );
        }
        if (state.FarSteps < MaxFarSteps || state.BaseLoss is not { } baseLoss)
            return state;
        if (IsFarAboveBase(heldOutLoss, baseLoss))
            throw FarAboveBase(
                state,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $", and the held-out loss is {heldOutLoss:0.0000} (base model: {baseLoss:0.0000})"
                )
            );
        // The training samples are harder than the held-out ones: from here on, they are compared with their own level.
        return state with { FarSteps = 0, FirstLoss = Math.Max(state.FirstLoss ?? 0, state.LastLoss ?? 0) };
    }

    /// <summary>The likely cause of values that are not finite or far too large, and what to do.</summary>
    /// <param name="state">After the step.</param>
    public string Explain(TrainerState state)
    {
        if (state.OptimizerSteps == 0)
            return $"nothing had been learned by then, so {ExplainBase()}";
        var usual = settings.Trainable.Full ? UsualFullRate : UsualAdapterRate;
        var lower = settings.Optimizer.LearningRate > 10 * usual ? usual : settings.Optimizer.LearningRate / 10;
        var clip = settings.Optimizer.ClipNorm == 0 ? ", and `clip-norm 0` disables gradient clipping" : "";
        var other =
            settings.Optimizer.LearningRate > usual
                ? ""
                : "; at such a low rate, the "
                    + $"data{(settings.Engine.DType == DType.BFloat16 ? " or `dtype bfloat16`" : "")} may be the cause instead";
        return $"`learning-rate {Number(settings.Optimizer.LearningRate)}` is likely too high{clip}: start a new run with "
            + $"`learning-rate {Number(lower)}` or less and another `output`{other}";
    }

    private DivergedException FarAboveBase(TrainerState state, string heldOutText) =>
        new(
            string.Create(
                CultureInfo.InvariantCulture,
                $"step {state.Step}: diverged: the training loss has been far above the base model's for "
                    + $"{state.FarSteps} steps ({state.LastLoss:0.0000}; base model: "
                    + $"{Math.Max(state.FirstLoss ?? 0, state.BaseLoss ?? 0):0.0000}){heldOutText}; {Explain(state)}"
            )
        );

    private string ExplainBase() =>
        settings.Engine.DType == DType.BFloat16
            ? "the cause is the checkpoint's weights, the data or `dtype bfloat16`: run `litre verify checkpoint` and "
                + "`litre data check`, or try `dtype float32`"
            : "the cause is the checkpoint's weights or the data: run `litre verify checkpoint` and `litre data check`";

    // 1e-4 rather than 0.0001, and 20 rather than 2e1.
    private static string Number(double value) =>
        !double.IsFinite(value) || value is >= 0.01 and < 1e5
            ? value.ToString("0.####", CultureInfo.InvariantCulture)
            : value.ToString("0.##e0", CultureInfo.InvariantCulture);
}

/// <summary>
/// The run has diverged and ends as <see cref="TuneEndReason.Diverged"/>. The message is one line that names the step and the setting
/// that is the likely cause.
/// </summary>
internal sealed class DivergedException(string message) : Exception(message);
