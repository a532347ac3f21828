using System.Security.Cryptography;
using System.Text;
using Litre.Torch;

namespace Litre.Kernels;

/// <summary>
/// Litre's own kernels, compiled at run time for the available device: their source and their
/// launcher. A model's <see cref="KernelPolicy"/> defines whether it uses them. They support bf16 on CUDA; everything else, and
/// everything if they are off, uses plain operators. Thread-safe.
/// </summary>
public static class OwnKernels
{
    /// <summary>SHA-256 of all kernels' source, in hexadecimal digits.</summary>
    public static string SourceHash =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(KernelSource.All.Select(source => source.Hash)))));

    /// <summary>Runs kernels on CPU tensors of this thread, for tests.</summary>
    [field: ThreadStatic]
    internal static IKernelLauncher? Emulator { get; set; }

    internal static IKernelLauncher Launcher(Device device) =>
        device.Type switch
        {
            DeviceType.Cuda => CudaLauncher.For(device.Index),
            DeviceType.Cpu when Emulator is not null => Emulator,
            _ => throw new KernelException($"Litre's own kernels do not run on {device}"),
        };

    /// <summary>The compiler's version and path.</summary>
    /// <exception cref="KernelException">There is none.</exception>
    public static string DescribeCompiler() => $"NVRTC {CudaLauncher.Compiler.Version} ({CudaLauncher.Compiler.Path})";
}
