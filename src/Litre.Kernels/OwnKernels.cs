using System.Security.Cryptography;
using System.Text;
using Litre.Torch;

namespace Litre.Kernels;

/// <summary>
/// Kernels of Litre's own, compiled at run time for the device at hand: the source and who
/// starts them. Whether a model uses them, its <see cref="KernelPolicy"/> says. They serve bf16 on CUDA; everything else, and
/// everything where they are off, takes plain operators. Thread-safe.
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
            _ => throw new KernelException($"kernels of this program do not run on {device}"),
        };

    /// <summary>The compiler's version and place.</summary>
    /// <exception cref="KernelException">None is there.</exception>
    public static string DescribeCompiler() => $"NVRTC {CudaLauncher.Compiler.Version} ({CudaLauncher.Compiler.Path})";
}
