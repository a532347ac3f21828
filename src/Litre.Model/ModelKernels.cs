using Litre.Kernels;
using Litre.Model.Experts;
using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Model;

/// <summary>All operations of the model that have a kernel of our own, or one of libtorch's that is checked like them.</summary>
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
        VisionRotation.Kernel,
        LayerNorm.ResidualKernel,
        GeluMlp.Kernel,
    ];

    /// <summary>
    /// What decides how results are rounded on a device, beside libtorch: which of them are used there, and their source. Two builds or
    /// machines with the same text round alike.
    /// </summary>
    public static string Fingerprint(DType dtype, Device device, KernelOptions options)
    {
        var used = string.Join(", ", All.Where(kernel => kernel.Supports(dtype, device, options)).Select(kernel => kernel.Name));
        return used.Length == 0 ? "plain operators" : $"{used}, {OwnKernels.SourceHash}";
    }

    /// <summary>
    /// Compiles and checks all of them on a device now instead of at their first use, so that a plan made afterwards counts what will
    /// run. Elsewhere than on CUDA, and where they are off, nothing happens.
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
