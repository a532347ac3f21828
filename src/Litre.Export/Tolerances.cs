using Litre.Torch;

namespace Litre.Export;

/// <summary>
/// How much a quantity may differ from the reference, per element type: the only place for these numbers. The reference was computed in
/// float32 by other kernels, so even float32 differs by the order of sums; bf16 has eight bits of mantissa, of which a chain of layers
/// loses about two.
/// </summary>
public sealed record Tolerances
{
    /// <summary>Logits, hidden states and vision outputs, largest absolute difference; null if only the norm counts.</summary>
    public double? ActivationAbsolute { get; init; }

    /// <summary>The same, by norm of a tensor.</summary>
    public double ActivationRelative { get; init; }

    /// <summary>A sample's loss, relative.</summary>
    public double LossRelative { get; init; }

    /// <summary>Every gradient, by norm of a tensor.</summary>
    public double GradientRelative { get; init; }

    /// <summary>Losses of the training trajectory, relative: errors of one step feed the next.</summary>
    public double TrajectoryRelative { get; init; }

    /// <summary>
    /// Gradient norms of the trajectory and the trained weights, by norm: where a gradient is near zero, Adam's
    /// normalization turns rounding into a full step.
    /// </summary>
    public double TrainedRelative { get; init; }

    /// <summary>
    /// Whether a trajectory is compared by the norm of all its steps instead of step by step: at the reference's learning rate of 1e-2
    /// the rounding of a single bf16 step already differs between CPUs.
    /// </summary>
    public bool TrajectoryAsWhole { get; init; }

    /// <summary>Whether decoded tokens must be the same: in bf16, a near tie may be decided differently.</summary>
    public bool TokensIdentical { get; init; }

    public static Tolerances For(DType dtype) =>
        dtype == DType.BFloat16
            ? new Tolerances
            {
                ActivationRelative = 3e-2,
                LossRelative = 2e-2,
                GradientRelative = 1e-1,
                TrajectoryRelative = 5e-2,
                TrainedRelative = 2e-1,
                TrajectoryAsWhole = true,
            }
            : new Tolerances
            {
                ActivationAbsolute = 2e-4,
                ActivationRelative = 1e-4,
                LossRelative = 1e-4,
                GradientRelative = 1e-4,
                TrajectoryRelative = 1e-4,
                TrainedRelative = 1e-3,
                TokensIdentical = true,
            };
}
