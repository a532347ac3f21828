using Litre.Core;
using Litre.Kernels;
using Litre.Model;
using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <summary>Whether Litre's own kernels compile on this machine and agree with plain operators.</summary>
public static class KernelCheck
{
    private const string Name = "own kernels";
    private const string SlowerAdvice = "training is correct without them, only slower: ";

    /// <param name="device">The device on which a run would compute.</param>
    /// <param name="options">The kernels that it may use.</param>
    public static Finding Check(Device device, KernelOptions options)
    {
        if (device.Type != DeviceType.Cuda)
            return new Finding(FindingGroup.Engine, Name, FindingLevel.Ok, $"not checked: they need CUDA, and the device is {device}");
        if (!options.UsesOwn)
            return NotUsed(
                $"turned off by {HostEnvironment.Kernels}; plain operators run",
                $"{SlowerAdvice}unset {HostEnvironment.Kernels} to use them"
            );
        var refused = ModelKernels.CheckAll(device, options);
        if (refused.Count == 0)
            return new Finding(
                FindingGroup.Engine,
                Name,
                FindingLevel.Ok,
                $"{ModelKernels.All.Count} of {ModelKernels.All.Count} agree with plain operators, compiled by "
                    + $"{OwnKernels.DescribeCompiler()}"
            );
        var used = ModelKernels.All.Except(refused.Select(r => r.Kernel)).Select(kernel => kernel.Name).ToList();
        // The shorter list.
        var names =
            used.Count == 0 ? "none"
            : used.Count < refused.Count ? $"only {string.Join(", ", used)}"
            : $"all but {string.Join(", ", refused.Select(r => r.Kernel.Name))}";
        return NotUsed(
            $"{names} in use: {refused[0].Reason.ReplaceLineEndings(" ")}",
            $"{SlowerAdvice}if NVRTC is missing, install it with `litre setup`; otherwise report the output of `litre doctor`"
        );
    }

    private static Finding NotUsed(string evidence, string advice) => new(FindingGroup.Engine, Name, FindingLevel.Note, evidence, advice);
}
