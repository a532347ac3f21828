using System.Globalization;
using Litre.Core;

namespace Litre.Torch;

/// <summary>
/// Where a tensor is stored. A meta device has no data: it runs the same program on shapes alone and counts bytes,
/// on the code paths of <see cref="Kernels"/>.
/// </summary>
public readonly record struct Device(DeviceType Type, int Index, DeviceType Kernels)
{
    public static Device Cpu => new(DeviceType.Cpu, 0, DeviceType.Cpu);

    public static Device Cuda(int index = 0) => new(DeviceType.Cuda, index, DeviceType.Cuda);

    /// <summary>A device without data that follows the code paths of the kernels of <paramref name="kernels"/>.</summary>
    public static Device Meta(DeviceType kernels = DeviceType.Cpu) => new(DeviceType.Meta, 0, kernels);

    public bool IsMeta => Type is DeviceType.Meta or DeviceType.MetaHost;

    /// <summary>Where images and files for this device are: the CPU, or the meta device that stands for it.</summary>
    public Device Host =>
        !IsMeta ? Cpu
        : UsesCuda ? new Device(DeviceType.MetaHost, 0, DeviceType.Cpu)
        : this;

    /// <summary>True if CUDA kernels run, or would run on the device that a meta device stands for.</summary>
    public bool UsesCuda => Kernels == DeviceType.Cuda;

    /// <summary>
    /// Waits until the device has completed all its work. Returns at once on the CPU and on meta devices.
    /// </summary>
    /// <exception cref="TorchException">Some of the work has failed.</exception>
    public void Synchronize()
    {
        if (Type != DeviceType.Cuda)
            return;
        Torch.CudaGraphs.RefuseWhileRecording("waiting for the device");
        Torch.CudaDriver.Synchronize(Index);
    }

    /// <summary>Reads <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>, <c>meta</c> or <c>meta:cuda</c>.</summary>
    /// <exception cref="InputException">The text does not name a device.</exception>
    public static Device Parse(string text)
    {
        switch (text)
        {
            case "cpu":
                return Cpu;
            case "cuda":
                return Cuda();
            case "meta" or "meta:cpu":
                return Meta();
            case "meta:cuda":
                return Meta(DeviceType.Cuda);
        }
        if (
            text.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
        )
            return Cuda(index);
        throw new InputException("device", text, "no such device", "expected cpu, cuda, cuda:N or meta");
    }

    public override string ToString() =>
        Type switch
        {
            DeviceType.Cpu => "cpu",
            DeviceType.Cuda => $"cuda:{Index}",
            DeviceType.MetaHost => "meta:host",
            _ => UsesCuda ? "meta:cuda" : "meta",
        };
}

/// <summary>Kinds of device. Cpu and Cuda carry libtorch's own codes; the meta kinds hold shapes and byte counts only.</summary>
public enum DeviceType
{
    Cpu = 0,
    Cuda = 1,
    Meta = 2,

    /// <summary>The host of a meta device that stands for CUDA: its bytes are counted separately.</summary>
    MetaHost = 3,
}
