using Litre.Torch;
using Litre.Torch.Cuda;

namespace Litre.Training.Diagnosis;

/// <summary>
/// The table of every operator that the models use. Where a layer of the model chooses between a fused kernel and plain
/// operators, the layer itself is run, so that what is checked is what a run will take. Sizes are small and mostly odd.
/// </summary>
internal static partial class OperatorCases
{
    public const string GroupedFamily = "experts";

    private static readonly DType[] WholeNumbers = [DType.Int64];

    /// <summary>The rows for a device.</summary>
    /// <param name="gpu">The device's own description; null on the CPU.</param>
    public static IReadOnlyList<OperatorCase> For(CudaDeviceInfo? gpu) =>
        [.. Products(), .. Grouped(gpu), .. Attention(), .. Fused(), .. Norms(), .. Reductions(), .. Indexing(), .. Elementwise(), .. Updates(), .. Copies()];

    /// <summary>
    /// Which way a grouped product goes: libtorch's kernel is for compute capability 9 and 10 (_grouped_mm_cuda in
    /// aten/src/ATen/native/cuda/GroupedBlas.cpp, 2.10 to 2.11); on others the same operator loops over the experts.
    /// </summary>
    public static OperatorPath GroupedPath(bool grouped, CudaDeviceInfo? gpu) => (grouped, gpu) switch
    {
        (true, { ComputeMajor: 9 or 10 }) => new OperatorPath("one grouped kernel"),
        (true, not null) => new OperatorPath($"libtorch's loop over experts, compute {gpu.ComputeCapability} has no grouped kernel", IsFallback: true),
        _ => new OperatorPath("one product an expert", IsFallback: true),
    };

    private static OperatorCase Simple(string family, string name, string[] covers, Func<Tensor[], Tensor> f, Func<CaseRun, Operand[]> operands) =>
        new(family, name, covers, run => run.Check(f, operands(run)));
}
