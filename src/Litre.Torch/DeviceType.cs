namespace Litre.Torch;

/// <summary>Kinds of device. Cpu and Cuda carry libtorch's own codes; the meta kinds hold shapes and byte counts only.</summary>
public enum DeviceType
{
    Cpu = 0,
    Cuda = 1,
    Meta = 2,

    /// <summary>The host beside a meta device that stands for CUDA: its bytes are counted apart.</summary>
    MetaHost = 3,
}
