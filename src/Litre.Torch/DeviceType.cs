namespace Litre.Torch;

/// <summary>Kinds of device. Cpu and Cuda carry libtorch's own codes; Meta holds shapes and byte counts only.</summary>
public enum DeviceType
{
    Cpu = 0,
    Cuda = 1,
    Meta = 2,
}
