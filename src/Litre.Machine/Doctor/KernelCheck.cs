using Litre.Core;
using Litre.Kernels;
using Litre.Model;
using Litre.Torch;

namespace Litre.Machine.Doctor;

/// <summary>Whether the kernels of our own compile on this machine and agree with plain operators.</summary>
public static class KernelCheck
{
    private const string Name = "own kernels";
    private const string SlowerAdvice = "training is right without them, only slower: ";

    /// <param name="device">Where a run would compute.</param>
    /// <param name="options">What it may use.</param>
    public static Finding Check(Device device, KernelOptions options)
    {
        if (device.Type != DeviceType.Cuda)
            return new Finding(FindingGroup.Engine, Name, FindingLevel.Ok, $"not checked: they are for CUDA, this is {device}");
        if (!options.UsesOwn)
            return NotUsed(
                $"off by {HostEnvironment.Kernels}; plain operators run",
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
            $"{SlowerAdvice}install NVRTC with `litre setup` where it is missing, else report what `litre doctor` says"
        );
    }

    private static Finding NotUsed(string evidence, string advice) => new(FindingGroup.Engine, Name, FindingLevel.Note, evidence, advice);
}
