namespace Litre.Torch;

/// <summary>
/// Device memory from the driver itself, for what must leave no trace in libtorch's allocator, which keeps what it once took.
/// </summary>
public sealed class CudaBuffer : IDisposable
{
    private readonly int _device;
    private ulong _address;

    /// <param name="device">Index of a CUDA device.</param>
    /// <param name="bytes">Size.</param>
    /// <exception cref="TorchException">The device has not so much memory left.</exception>
    public CudaBuffer(int device, long bytes)
    {
        _device = device;
        _address = CudaDriver.Allocate(device, bytes);
    }

    /// <summary>Of the first byte; aligned to 256.</summary>
    public nint Address => (nint)_address;

    /// <summary>Waits for the device, then gives the memory back to the driver.</summary>
    public void Dispose()
    {
        if (_address == 0)
            return;
        CudaDriver.Synchronize(_device);
        CudaDriver.Free(_device, _address);
        _address = 0;
    }
}
