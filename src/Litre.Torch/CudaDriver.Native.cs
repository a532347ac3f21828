using System.Runtime.InteropServices;

namespace Litre.Torch;

/// <content>The driver's C interface (cuda.h). Every function returns 0 on success.</content>
public static unsafe partial class CudaDriver
{
    private const string Library = "libcuda.so.1";

    private enum DeviceAttribute
    {
        Multiprocessors = 16,
        Integrated = 18,
        ComputeMajor = 75,
        ComputeMinor = 76,
    }

    [LibraryImport(Library, EntryPoint = "cuInit")]
    private static partial int Init(uint flags);

    [LibraryImport(Library, EntryPoint = "cuDriverGetVersion")]
    private static partial int DriverGetVersion(out int version);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetCount")]
    private static partial int DeviceGetCount(out int count);

    [LibraryImport(Library, EntryPoint = "cuDeviceGet")]
    private static partial int DeviceGet(out int device, int ordinal);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetName")]
    private static partial int DeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetPCIBusId")]
    private static partial int DeviceGetPciBusId(byte* text, int length, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetAttribute")]
    private static partial int DeviceGetAttribute(out int value, DeviceAttribute attribute, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceTotalMem_v2")]
    private static partial int TotalMemory(out nuint bytes, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRetain")]
    private static partial int PrimaryContextRetain(out nint context, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    private static partial int PrimaryContextRelease(int device);

    [LibraryImport(Library, EntryPoint = "cuCtxPushCurrent_v2")]
    private static partial int ContextPush(nint context);

    [LibraryImport(Library, EntryPoint = "cuCtxPopCurrent_v2")]
    private static partial int ContextPop(out nint context);

    [LibraryImport(Library, EntryPoint = "cuCtxSynchronize")]
    private static partial int ContextSynchronize();

    [LibraryImport(Library, EntryPoint = "cuMemAlloc_v2")]
    private static partial int MemoryAllocate(out ulong address, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemFree_v2")]
    private static partial int MemoryFree(ulong address);

    [LibraryImport(Library, EntryPoint = "cuCtxGetCurrent")]
    private static partial int ContextCurrent(out nint context);

    [LibraryImport(Library, EntryPoint = "cuMemGetInfo_v2")]
    private static partial int MemoryInfo(out nuint free, out nuint total);
}
