namespace Litre.Torch;

/// <summary>One tensor's storage as a <see cref="MemoryTrace"/> saw it being made.</summary>
/// <param name="device">Where it lies.</param>
/// <param name="bytes">Its size.</param>
/// <param name="sizes">Of the tensor that it was made for.</param>
/// <param name="dtype">Of that tensor.</param>
/// <param name="use">What it was labelled with.</param>
/// <param name="origin">The type and method that made it, where the trace asks for that.</param>
public sealed class MemoryBlock(DeviceType device, long bytes, long[] sizes, DType dtype, MemoryUse use, string? origin)
{
    public DeviceType Device { get; } = device;

    public long Bytes { get; } = bytes;

    public IReadOnlyList<long> Sizes { get; } = sizes;

    public DType DType { get; } = dtype;

    /// <summary>What it is there for; working memory that outlives the scope it was made in is saved for later.</summary>
    public MemoryUse Use => use == MemoryUse.Working && IsEscaped ? MemoryUse.Saved : use;

    public string? Origin { get; } = origin;

    /// <summary>Whether a tensor of this storage was taken out of its scope.</summary>
    internal bool IsEscaped { get; set; }
}
