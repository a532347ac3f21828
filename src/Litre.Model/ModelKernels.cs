using Litre.Kernels;
using Litre.Model.Experts;
using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Model;

/// <summary>All operations of the model with one of Litre's kernels, or with one of libtorch's that is checked like them.</summary>
public static class ModelKernels
{
    public static IReadOnlyList<FusedOperation> All { get; } =
    [
        SwiGlu.Kernel,
        TokenSpread.Kernel,
        TokenCombine.Kernel,
        HeadRotation.Kernel,
        RmsNorm.ResidualKernel,
        ExpertRouting.Kernel,
        ExpertSort.Kernel,
        GroupedProduct.Kernel,
        DecodeAttention.Kernel,
        LoraTable.Kernel,
        VisionRotation.Kernel,
        LayerNorm.ResidualKernel,
        GeluMlp.Kernel,
    ];

    /// <summary>
    /// Identifies how results are rounded on a device, apart from libtorch: the kernels in use there and their source. Two builds or
    /// machines with the same text round in the same way.
    /// </summary>
    public static string Fingerprint(DType dtype, Device device, KernelOptions options)
    {
        var used = string.Join(", ", All.Where(kernel => kernel.Supports(dtype, device, options)).Select(kernel => kernel.Name));
        return used.Length == 0 ? "plain operators" : $"{used}, {OwnKernels.SourceHash}";
    }

    /// <summary>
    /// Compiles and checks all kernels on a device now instead of at their first use, so that a later plan counts what will run. Does
    /// nothing on other devices than CUDA, or if they are disabled.
    /// </summary>
    /// <returns>The kernels that are not used there, with the reason.</returns>
    public static IReadOnlyList<(FusedOperation Kernel, string Reason)> CheckAll(Device device, KernelOptions options) =>
        device.Type != DeviceType.Cuda || !options.UsesOwn
            ? []
            :
            [
                .. All.Select(kernel => (kernel, kernel.Refusal(device)))
                    .Where(entry => entry.Item2 is not null)
                    .Select(entry => (entry.kernel, entry.Item2!)),
            ];
}
