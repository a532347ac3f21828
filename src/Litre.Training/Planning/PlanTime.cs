using Litre.Torch;

namespace Litre.Training.Planning;

/// <summary>How long a step takes at least, by what bounds it.</summary>
/// <param name="ArithmeticSeconds">Of operators that the processor's arithmetic bounds.</param>
/// <param name="TrafficSeconds">Of those that its memory bounds.</param>
/// <param name="LaunchSeconds">Of starting all operators one by one, which runs beside the others.</param>
/// <param name="PictureSeconds">Of making the pictures ready, which runs beside them too; null where it is not known.</param>
/// <param name="Flops">Operations of products and attention in the step.</param>
public sealed record PlanTime(double ArithmeticSeconds, double TrafficSeconds, double LaunchSeconds, double? PictureSeconds, double Flops)
{
    // A call through libtorch's interface takes so long before the device has it.
    private const double CudaCallSeconds = 8e-6;
    private const double CpuCallSeconds = 4e-6;

    /// <summary>Of one step.</summary>
    public double StepSeconds => Math.Max(ArithmeticSeconds + TrafficSeconds, Math.Max(LaunchSeconds, PictureSeconds ?? 0));

    /// <summary>What a faster machine would need more of.</summary>
    public PlanBound Bound =>
        PictureSeconds >= StepSeconds ? PlanBound.Data
        : LaunchSeconds >= StepSeconds ? PlanBound.Launches
        : ArithmeticSeconds >= TrafficSeconds ? PlanBound.Arithmetic : PlanBound.Bandwidth;

    internal static PlanTime Of(OperatorTally tally, long calls, double? pictureSeconds, DeviceType kernels) => new(
        tally.ArithmeticSeconds, tally.TrafficSeconds, calls * (kernels == DeviceType.Cuda ? CudaCallSeconds : CpuCallSeconds), pictureSeconds, tally.Flops);
}
