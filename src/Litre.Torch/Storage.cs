namespace Litre.Torch;

/// <summary>The bytes behind one or more tensors, counted once in the <see cref="MemoryLedger"/>.</summary>
internal sealed class Storage
{
    private readonly DeviceType _device;
    private readonly long _bytes;
    private readonly MemoryBlock? _block;
    private int _references = 1;

    /// <param name="device">The kind of device of the bytes.</param>
    /// <param name="bytes">The number of bytes.</param>
    /// <param name="sizes">The sizes of the tensor that they are made for.</param>
    /// <param name="dtype">The type of that tensor.</param>
    public Storage(DeviceType device, long bytes, ReadOnlySpan<long> sizes, DType dtype)
    {
        _device = device;
        _bytes = bytes;
        _block = MemoryLedger.Add(device, bytes, sizes, dtype);
    }

    public long Bytes => _bytes;

    public Storage Share()
    {
        Interlocked.Increment(ref _references);
        return this;
    }

    /// <summary>Records that a tensor of it outlives the scope in which it was made.</summary>
    public void Keep()
    {
        if (_block is not null)
            _block.IsEscaped = true;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            MemoryLedger.Remove(_device, _bytes, _block);
    }
}
