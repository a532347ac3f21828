using System.Collections.Concurrent;

namespace Litre.Torch.Cuda;

/// <content>Work in the context that libtorch uses too: the device's primary one, which is kept from the first use on.</content>
public static unsafe partial class CudaDriver
{
    private static readonly ConcurrentDictionary<int, nint> Contexts = new();

    /// <summary>Waits until a device has done all that this process asked of it.</summary>
    /// <exception cref="TorchException">A kernel failed, or there is no such device.</exception>
    internal static void Synchronise(int device) => InContext(device, () => Check(ContextSynchronize(), "cuCtxSynchronize"));

    internal static ulong Allocate(int device, long bytes)
    {
        var address = 0UL;
        InContext(device, () => Check(MemoryAllocate(out address, (nuint)bytes), "cuMemAlloc"));
        return address;
    }

    internal static void Free(int device, ulong address) => InContext(device, () => Check(MemoryFree(address), "cuMemFree"));

    private static void InContext(int device, Action work)
    {
        var context = Contexts.GetOrAdd(device, static index =>
        {
            Check(DeviceGet(out var handle, index), "cuDeviceGet");
            Check(PrimaryContextRetain(out var retained, handle), "cuDevicePrimaryCtxRetain");
            return retained;
        });
        Check(ContextPush(context), "cuCtxPushCurrent");
        try
        {
            work();
        }
        finally
        {
            _ = ContextPop(out _);
        }
    }

    private static void Check(int status, string call)
    {
        if (status != 0) throw new TorchException($"the CUDA device failed: {call} answers {status}");
    }
}
