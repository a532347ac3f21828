using System.Security.Cryptography;
using System.Text;
using Litre.Core;
using Litre.Torch;

namespace Litre.Kernels;

/// <summary>
/// Kernels of Litre's own, compiled at run time for the device at hand: whether they are used, and what is said where they
/// cannot be. They serve bf16 on CUDA; everything else, and everything where they are off, takes plain operators. Thread-safe.
/// </summary>
public static class OwnKernels
{
    private static bool? _enabled;

    /// <summary>Whether they are used where they can be, on a meta device that stands for CUDA as on CUDA itself.</summary>
    /// <exception cref="InputException"><c>LITRE_KERNELS</c> says neither on nor off.</exception>
    public static bool Enabled
    {
        get => _enabled ??= HostEnvironment.IsOn(HostEnvironment.Kernels);
        set => _enabled = value;
    }

    /// <summary>SHA-256 of all kernels' source, in hexadecimal digits.</summary>
    public static string SourceHash =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(KernelSource.All.Select(source => source.Hash)))));

    /// <summary>Runs kernels on CPU tensors, for tests.</summary>
    internal static IKernelLauncher? Emulator { get; set; }

    internal static IKernelLauncher Launcher(Device device) =>
        device.Type switch
        {
            DeviceType.Cuda => CudaLauncher.For(device.Index),
            DeviceType.Cpu when Emulator is not null => Emulator,
            _ => throw new KernelException($"kernels of this program do not run on {device}"),
        };

    /// <summary>The compiler's version and place.</summary>
    /// <exception cref="KernelException">None is there.</exception>
    public static string DescribeCompiler() => $"NVRTC {CudaLauncher.Compiler.Version} ({CudaLauncher.Compiler.Path})";
}
