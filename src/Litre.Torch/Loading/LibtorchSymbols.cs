using System.Reflection;
using System.Runtime.InteropServices;
using Litre.Torch.Native;

namespace Litre.Torch.Loading;

/// <summary>Whether a loaded libtorch has every function that the binding calls.</summary>
public static class LibtorchSymbols
{
    /// <summary>Names of the missing functions, in ordinal order; CUDA's functions only if CUDA is in use.</summary>
    public static IReadOnlyList<string> FindMissing(LibtorchInfo libtorch) =>
        [
            .. typeof(TorchApi)
                .GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                .Select(method => method.Name)
                .Where(name =>
                    name.StartsWith("torch_", StringComparison.Ordinal) || name.StartsWith("aoti_torch_", StringComparison.Ordinal)
                )
                .Where(name =>
                    !name.Contains("_cuda_", StringComparison.Ordinal)
                        ? !NativeLibrary.TryGetExport(libtorch.CpuHandle, name, out _)
                        : libtorch.HasCuda && !NativeLibrary.TryGetExport(libtorch.CudaHandle, name, out _)
                )
                .Order(StringComparer.Ordinal),
        ];
}
