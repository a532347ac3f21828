namespace Litre.Torch;

/// <summary>One tensor's storage as a <see cref="MemoryTrace"/> saw it being made.</summary>
/// <param name="device">Its device.</param>
/// <param name="bytes">Its size.</param>
/// <param name="sizes">The sizes of the tensor that it was made for.</param>
/// <param name="dtype">The type of that tensor.</param>
/// <param name="use">Its label.</param>
/// <param name="origin">The type and method that made it, if the trace records them.</param>
public sealed class MemoryBlock(DeviceType device, long bytes, long[] sizes, DType dtype, MemoryUse use, string? origin)
{
    public DeviceType Device { get; } = device;

    public long Bytes { get; } = bytes;

    public IReadOnlyList<long> Sizes { get; } = sizes;

    public DType DType { get; } = dtype;

    /// <summary>What it is used for; working memory that outlives the scope in which it was made counts as saved.</summary>
    public MemoryUse Use => use == MemoryUse.Working && IsEscaped ? MemoryUse.Saved : use;

    public string? Origin { get; } = origin;

    /// <summary>Whether a tensor of this storage was taken out of its scope.</summary>
    internal bool IsEscaped { get; set; }
}
