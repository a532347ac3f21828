using Litre.Kernels;
using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>
/// Which rows belong to which expert, for rows sorted by expert. The ends of the groups are on the device; they are copied to the host
/// only on request, because that waits for the device.
/// </summary>
/// <param name="offsets">(E) int32: the end of each expert's rows.</param>
/// <param name="kernels">The kernels for products of the rows.</param>
public sealed class ExpertGroups(Tensor offsets, KernelPolicy kernels) : IDisposable
{
    private int[]? _ends;

    /// <summary>(E) int32: the end of each expert's rows.</summary>
    public Tensor Offsets { get; } = offsets;

    public KernelPolicy Kernels { get; } = kernels;

    public int Experts => (int)Offsets.Size(0);

    /// <summary>
    /// Start and length of every group that has rows. Waits for the device. A meta device does not know the groups: there one expert
    /// has all rows, which costs the memory of one product at a time and the arithmetic of all.
    /// </summary>
    /// <param name="rows">The rows of all groups.</param>
    public IEnumerable<(int Expert, int Start, int Length)> Ranges(long rows)
    {
        if (Offsets.Device.IsMeta)
        {
            if (_ends is null)
                Tensor.Empty(Offsets.Sizes, Offsets.DType, Offsets.Device.Host).Dispose(); // as ToArray's copy
            _ends = [];
            if (rows > 0)
                yield return (0, 0, (int)rows);
            yield break;
        }
        _ends ??= Offsets.ToArray<int>();
        var start = 0;
        for (var e = 0; e < _ends.Length; e++)
        {
            if (_ends[e] > start)
                yield return (e, start, _ends[e] - start);
            start = _ends[e];
        }
    }

    public void Dispose() => Offsets.Dispose();
}
