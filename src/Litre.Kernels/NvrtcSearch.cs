using System.Globalization;
using System.Runtime.InteropServices;
using Litre.Core;
using Litre.Torch.Loading;

namespace Litre.Kernels;

/// <summary>
/// Finds NVRTC: <c>LITRE_NVRTC</c> (a file or a folder), next to libtorch, in the packages next to torch (<c>nvidia/*/lib</c>), in
/// CUDA's usual folder, then in the system loader's search path.
/// </summary>
internal static class NvrtcSearch
{
    private const string Library = "libnvrtc.so.";
    private const string Toolkit = "/usr/local/cuda/lib64";

    // Each major version of CUDA has one name; 11 kept that of 11.2.
    private static readonly string[] Names = [Library + "13", Library + "12", Library + "11.2"];

    /// <param name="named">The value of the user's variable, or null.</param>
    /// <param name="libtorch">The folder of libtorch, or null if none is loaded.</param>
    /// <exception cref="KernelException">There is none, or the one named does not load.</exception>
    public static Nvrtc Open(string? named, string? libtorch)
    {
        if (named is not null)
        {
            var file = File.Exists(named)
                ? named
                : In(named)
                    ?? throw new KernelException(
                        $"{HostEnvironment.Nvrtc}={named}: no {Library}* there; set it to the file or its folder, or unset it"
                    );
            return Load(file);
        }
        List<string> folders = libtorch is null ? [] : [libtorch, .. new LibtorchBuild(libtorch, null, true).CudaFolders()];
        foreach (var folder in folders.Append(Toolkit))
        {
            if (In(folder) is { } file)
                return Load(file);
        }
        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, out var handle))
                return new Nvrtc(handle, name);
        }
        throw new KernelException(
            $"NVRTC ({string.Join(", ", Names)}) is not installed: it comes with CUDA and with PyTorch's CUDA "
                + $"packages, and `litre setup` installs it; or set {HostEnvironment.Nvrtc}"
        );
    }

    /// <summary>The newest NVRTC in a folder, or null.</summary>
    public static string? In(string folder) => Files(folder, Library + "*").OrderByDescending(VersionOf).FirstOrDefault();

    // It opens its built-in headers by their bare name, which the loader finds only if they are already loaded.
    private static Nvrtc Load(string file)
    {
        foreach (var builtins in Files(Path.GetDirectoryName(Path.GetFullPath(file))!, "libnvrtc-builtins.so.*"))
            DynamicLibrary.Open(builtins, shared: true, out _);
        var handle = DynamicLibrary.Open(Path.GetFullPath(file), shared: false, out var reason);
        return handle != 0 ? new Nvrtc(handle, file) : throw new KernelException($"{file} does not load ({reason})");
    }

    private static IEnumerable<string> Files(string folder, string pattern)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetFiles(folder, pattern) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static Version VersionOf(string file)
    {
        var text = Path.GetFileName(file)[Library.Length..];
        return Version.TryParse(text, out var version) ? version
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? new Version(major, 0)
            : new Version(0, 0);
    }
}
