namespace Litre.Torch;

/// <summary>
/// Device memory from the driver itself, for data that must not pass through libtorch's allocator, which keeps freed memory.
/// </summary>
public sealed class CudaBuffer : IDisposable
{
    private readonly int _device;
    private ulong _address;

    /// <param name="device">Index of a CUDA device.</param>
    /// <param name="bytes">The size.</param>
    /// <exception cref="TorchException">The device has less free memory than that.</exception>
    public CudaBuffer(int device, long bytes)
    {
        _device = device;
        _address = CudaDriver.Allocate(device, bytes);
    }

    /// <summary>The address of the first byte; aligned to 256 bytes.</summary>
    public nint Address => (nint)_address;

    /// <summary>Waits for the device, then returns the memory to the driver.</summary>
    public void Dispose()
    {
        if (_address == 0)
            return;
        CudaDriver.Synchronize(_device);
        CudaDriver.Free(_device, _address);
        _address = 0;
    }
}
