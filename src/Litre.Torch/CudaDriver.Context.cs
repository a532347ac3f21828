using System.Collections.Concurrent;

namespace Litre.Torch;

/// <content>Contexts, in which the driver's other functions work.</content>
public static unsafe partial class CudaDriver
{
    private static readonly ConcurrentDictionary<int, nint> Contexts = new();

    /// <summary>The context that libtorch's runtime also uses on a device; kept from the first use until the process ends.</summary>
    /// <exception cref="TorchException">The driver returns none.</exception>
    internal static nint ContextOf(int device) =>
        Contexts.GetOrAdd(
            device,
            static index =>
            {
                Check(DeviceGet(out var handle, index), "cuDeviceGet");
                Check(PrimaryContextRetain(out var retained, handle), "cuDevicePrimaryCtxRetain");
                return retained;
            }
        );

    /// <summary>Makes a context current on this thread until the result is disposed, unless it already is.</summary>
    internal static Entered Enter(nint context)
    {
        if (ContextCurrent(out var current) == 0 && current == context)
            return new Entered(pushed: false);
        Check(ContextPush(context), "cuCtxPushCurrent");
        return new Entered(pushed: true);
    }

    /// <summary>A context in use.</summary>
    internal readonly ref struct Entered(bool pushed)
    {
        public void Dispose()
        {
            if (pushed)
                _ = ContextPop(out _);
        }
    }

    private static void Check(int status, string call)
    {
        if (status != 0)
            throw new TorchException($"the CUDA device failed: {call} returned {status}");
    }
}
