using System.Runtime.InteropServices;

namespace Litre.Kernels;

/// <content>The driver's functions for compiled code (cuda.h). Every function returns 0 on success.</content>
internal sealed unsafe partial class CudaModule
{
    private const string Library = "libcuda.so.1";

    [LibraryImport(Library, EntryPoint = "cuModuleLoadData")]
    private static partial int ModuleLoadData(out nint module, byte* image);

    [LibraryImport(Library, EntryPoint = "cuModuleGetFunction", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ModuleGetFunction(out nint function, nint module, string name);

    [LibraryImport(Library, EntryPoint = "cuLaunchKernel")]
    private static partial int LaunchKernel(
        nint function,
        uint gridX,
        uint gridY,
        uint gridZ,
        uint blockX,
        uint blockY,
        uint blockZ,
        uint sharedBytes,
        nint stream,
        nint* arguments,
        nint extra
    );

    [LibraryImport(Library, EntryPoint = "cuGetErrorString")]
    private static partial int ErrorString(int status, out byte* text);
}
