using System.Runtime.InteropServices;

namespace Litre.Torch.Cuda;

/// <content>Contexts, in which the driver's other functions work.</content>
public static unsafe partial class CudaDriver
{
    /// <summary>The context that libtorch's runtime uses on a device too, held until the process ends; null where the driver gives none.</summary>
    internal static nint? RetainContext(CudaDeviceInfo device) =>
        DeviceGet(out var handle, device.Index) == 0 && PrimaryContextRetain(out var context, handle) == 0 ? context : null;

    /// <summary>Makes a context this thread's own until the result is disposed, where it is not so already.</summary>
    internal static Entered Enter(nint context)
    {
        if (ContextCurrent(out var current) == 0 && current == context) return new Entered(pushed: false);
        var status = ContextPush(context);
        return status == 0 ? new Entered(pushed: true) : throw new TorchException($"the NVIDIA driver does not make a context current (cuCtxPushCurrent answers {status})");
    }

    /// <summary>A context in use.</summary>
    internal readonly ref struct Entered(bool pushed)
    {
        public void Dispose()
        {
            if (pushed) _ = ContextPop(out _);
        }
    }

    [LibraryImport(Library, EntryPoint = "cuCtxGetCurrent")]
    private static partial int ContextCurrent(out nint context);
}
