namespace Litre.Torch;

/// <content>Work in the context that libtorch also uses.</content>
public static unsafe partial class CudaDriver
{
    /// <summary>Waits until a device has completed all work of this process.</summary>
    /// <exception cref="TorchException">A kernel failed, or there is no such device.</exception>
    internal static void Synchronize(int device) => InContext(device, () => Check(ContextSynchronize(), "cuCtxSynchronize"));

    internal static ulong Allocate(int device, long bytes)
    {
        var address = 0UL;
        InContext(device, () => Check(MemoryAllocate(out address, (nuint)bytes), "cuMemAlloc"));
        return address;
    }

    internal static void Free(int device, ulong address) => InContext(device, () => Check(MemoryFree(address), "cuMemFree"));

    private static void InContext(int device, Action work)
    {
        using var context = Enter(ContextOf(device));
        work();
    }
}
