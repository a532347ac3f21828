using Litre.Core;

namespace Litre.Torch.Loading;

/// <summary>Chooses the device to compute on.</summary>
public static class DeviceChoice
{
    /// <summary>Loads libtorch and returns the named device, or the best one if none is named.</summary>
    /// <param name="name">Such as <c>cpu</c> or <c>cuda:1</c>; null or empty for CUDA if it is usable, else the CPU.</param>
    /// <exception cref="InputException">The device is not usable on this machine, or there is no libtorch.</exception>
    public static Device Choose(string? name = null)
    {
        var asked = string.IsNullOrEmpty(name) ? (Device?)null : Device.Parse(name);
        if (asked is { IsMeta: true } meta)
            return meta;
        var engine = Libtorch.Load();
        var device = asked ?? (engine.HasCuda && CudaDriver.DeviceCount > 0 ? Device.Cuda() : Device.Cpu);
        if (device.Type != DeviceType.Cuda)
            return device;
        if (!engine.HasCuda)
            throw new InputException(
                "device",
                device,
                $"the libtorch in use ({engine.Folder}) is built for the CPU only",
                "run litre doctor `libtorch` for the alternatives"
            );
        if (device.Index >= CudaDriver.DeviceCount)
            throw new InputException(
                "device",
                device,
                $"no such device; this machine has {Units.Count(CudaDriver.DeviceCount, "CUDA device")} ({CudaDriver.Reason})",
                null
            );
        return device;
    }
}
