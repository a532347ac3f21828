using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Litre.Torch;

/// <summary>
/// Queries the NVIDIA driver for its devices. Without a driver or a device every result is empty; no exception is thrown.
/// Thread-safe.
/// </summary>
public static unsafe partial class CudaDriver
{
    private static readonly Lazy<(int Count, string Reason)> Started = new(Start);
    private static readonly Lazy<IReadOnlyList<CudaDeviceInfo>> All = new(ReadDevices);

    /// <summary>Number of devices that this process sees; 0 without a driver.</summary>
    public static int DeviceCount => Started.Value.Count;

    /// <summary>Why there is no device; empty if there is one.</summary>
    public static string Reason => Started.Value.Reason;

    /// <summary>The devices, read once.</summary>
    public static IReadOnlyList<CudaDeviceInfo> Devices => All.Value;

    /// <summary>What the driver reports about a device; null if it is not a CUDA device or does not exist.</summary>
    public static CudaDeviceInfo? Of(Device device) =>
        device.Type == DeviceType.Cuda ? Devices.FirstOrDefault(d => d.Index == device.Index) : null;

    /// <summary>The newest CUDA version that the driver supports, for example <c>13.0</c>; null without a driver.</summary>
    public static string? CudaVersion =>
        DeviceCount > 0 && DriverGetVersion(out var version) == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{version / 1000}.{version % 1000 / 10}")
            : null;

    /// <summary>
    /// Memory that a program can still allocate on a device, in bytes; null if the driver does not report it. For a device that shares
    /// the machine's memory this is the kernel's MemAvailable, since the driver's count excludes reclaimable page cache.
    /// </summary>
    public static long? FreeBytes(CudaDeviceInfo device)
    {
        if (device.IsIntegrated && MachineMemory.AvailableBytes() is { } available)
            return available;
        if (DeviceGet(out var handle, device.Index) != 0 || PrimaryContextRetain(out var context, handle) != 0)
            return null;
        try
        {
            if (ContextPush(context) != 0)
                return null;
            var status = MemoryInfo(out var free, out _);
            _ = ContextPop(out _);
            return status == 0 ? (long)free : null;
        }
        finally
        {
            _ = PrimaryContextRelease(handle);
        }
    }

    /// <summary>
    /// A device's PCI address, for example <c>0000:41:00.0</c>, by which other NVIDIA libraries identify it; null if the driver does not
    /// report it.
    /// </summary>
    public static string? PciBusId(CudaDeviceInfo device)
    {
        Span<byte> text = stackalloc byte[32];
        fixed (byte* start = text)
        {
            if (DeviceGet(out var handle, device.Index) != 0 || DeviceGetPciBusId(start, text.Length, handle) != 0)
                return null;
        }
        return Encoding.ASCII.GetString(text[..Math.Max(0, text.IndexOf((byte)0))]);
    }

    private static (int Count, string Reason) Start()
    {
        if (!NativeLibrary.TryLoad(Library, out _))
            return (0, $"{Library} was not found: no NVIDIA driver is installed");
        var status = Init(0);
        if (status != 0)
            return (0, $"the NVIDIA driver does not initialize (cuInit returned {status})");
        status = DeviceGetCount(out var count);
        if (status != 0)
            return (0, $"the NVIDIA driver cannot count its devices (cuDeviceGetCount returned {status})");
        return (count, count > 0 ? "" : "the NVIDIA driver reports no device");
    }

    private static IReadOnlyList<CudaDeviceInfo> ReadDevices()
    {
        var devices = new List<CudaDeviceInfo>();
        for (var index = 0; index < DeviceCount; index++)
        {
            if (DeviceGet(out var handle, index) != 0)
                continue;
            _ = TotalMemory(out var total, handle);
            devices.Add(
                new CudaDeviceInfo(
                    index,
                    ReadName(handle),
                    Attribute(handle, DeviceAttribute.ComputeMajor),
                    Attribute(handle, DeviceAttribute.ComputeMinor),
                    Attribute(handle, DeviceAttribute.Multiprocessors),
                    (long)total,
                    Attribute(handle, DeviceAttribute.Integrated) != 0
                )
            );
        }
        return devices.AsReadOnly();
    }

    private static string ReadName(int device)
    {
        Span<byte> text = stackalloc byte[256];
        fixed (byte* start = text)
        {
            if (DeviceGetName(start, text.Length, device) != 0)
                return "unnamed CUDA device";
        }
        var end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }

    private static int Attribute(int device, DeviceAttribute attribute) =>
        DeviceGetAttribute(out var value, attribute, device) == 0 ? value : 0;
}
