using Litre.Kernels;
using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <summary>
/// The table of every operator that the models use. Where a layer of the model chooses between a fused kernel and plain
/// operators, the layer itself is run, so that the check covers what a run will use. Sizes are small and mostly odd.
/// </summary>
internal static partial class OperatorCases
{
    public const string GroupedFamily = "experts";

    private static readonly DType[] IntegerTypes = [DType.Int64];

    /// <summary>The rows for a device.</summary>
    /// <param name="gpu">The device's own description; null on the CPU.</param>
    public static IReadOnlyList<OperatorCase> For(CudaDeviceInfo? gpu) =>
        [
            .. Products(),
            .. Grouped(gpu),
            .. Attention(),
            .. Fused(),
            .. Norms(),
            .. Reductions(),
            .. Indexing(),
            .. Elementwise(),
            .. Updates(),
            .. Copies(),
        ];

    /// <summary>The implementation of a grouped product.</summary>
    /// <param name="kernel">The kernel in use.</param>
    /// <param name="gpu">The device's own description; null on the CPU.</param>
    public static OperatorPath GroupedPath(GroupedKernel kernel, CudaDeviceInfo? gpu) =>
        (kernel, gpu) switch
        {
            (GroupedKernel.Libtorch, _) => new OperatorPath("one grouped kernel"),
            (GroupedKernel.Own, _) => new OperatorPath("one grouped kernel of Litre's own"),
            (_, { HasGroupedProducts: false }) => new OperatorPath(
                $"one product per expert, libtorch has no grouped kernel for compute {gpu.ComputeCapability}",
                IsFallback: true,
                IsDeviceLimit: true
            ),
            _ => new OperatorPath("one product per expert", IsFallback: true),
        };

    private static OperatorCase Simple(
        string family,
        string name,
        string[] covers,
        Func<Tensor[], Tensor> f,
        Func<CaseRun, Operand[]> operands
    ) => new(family, name, covers, run => run.Check(f, operands(run)));
}

/// <summary>The implementation of an operator on a device.</summary>
/// <param name="Name">In a few words.</param>
/// <param name="IsFallback">Whether a faster implementation exists that this device or type does not use.</param>
/// <param name="IsDeviceLimit">Whether the device is the reason.</param>
public sealed record OperatorPath(string Name, bool IsFallback = false, bool IsDeviceLimit = false)
{
    /// <summary>The only implementation of most operators.</summary>
    public static OperatorPath Single { get; } = new("libtorch's kernel");
}
