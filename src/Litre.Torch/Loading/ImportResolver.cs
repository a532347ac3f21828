using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Litre.Core;

namespace Litre.Torch.Loading;

/// <summary>Resolves each import name of this assembly to a library.</summary>
internal static class ImportResolver
{
    /// <summary>Import name of <c>libtorch_cpu.so</c>; its first use loads libtorch.</summary>
    public const string TorchCpu = "torch_cpu";

    /// <summary>Import name of <c>libtorch_cuda.so</c>.</summary>
    public const string TorchCuda = "torch_cuda";

    /// <summary>Import name of the library that exports <c>dlopen</c>.</summary>
    public const string SystemLoader = "system_loader";

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The names must resolve before the first native call of any code.")]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(ImportResolver).Assembly, Resolve);

    internal static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name switch
        {
            TorchCpu => Libtorch.Load().CpuHandle,
            TorchCuda => Libtorch.Load() is { HasCuda: true } loaded
                ? loaded.CudaHandle
                : throw new InputException(
                    $"CUDA was requested, but libtorch {Libtorch.Load().Version} from {Libtorch.Load().Folder} runs "
                        + "on the CPU here; run `litre doctor` to see why"
                ),
            SystemLoader => FindSystemLoader(),
            _ => 0,
        };

    /// <summary>glibc 2.34 moved dlopen from libdl into libc.</summary>
    private static nint FindSystemLoader()
    {
        foreach (var library in (string[])["libc.so.6", "libdl.so.2"])
        {
            if (NativeLibrary.TryLoad(library, out var handle) && NativeLibrary.TryGetExport(handle, "dlopen", out _))
                return handle;
        }
        return 0;
    }
}
