namespace Litre.Torch;

/// <summary>The bytes behind one or more tensors, counted once in the <see cref="MemoryLedger"/>.</summary>
internal sealed class Storage
{
    private readonly DeviceType _device;
    private readonly long _bytes;
    private int _references = 1;

    public Storage(DeviceType device, long bytes)
    {
        _device = device;
        _bytes = bytes;
        MemoryLedger.Add(device, bytes);
    }

    public long Bytes => _bytes;

    public Storage Share()
    {
        Interlocked.Increment(ref _references);
        return this;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0) MemoryLedger.Remove(_device, _bytes);
    }
}
