using Litre.Torch;

namespace Litre.Model.Experts;

/// <summary>
/// Which rows belong to which expert, for rows sorted by expert. The ends of the groups lie on the device; the host
/// learns them only when asked, since that waits for the device.
/// </summary>
public sealed class ExpertGroups(Tensor offsets) : IDisposable
{
    private int[]? _ends;

    /// <summary>(E) int32: the end of each expert's rows.</summary>
    public Tensor Offsets { get; } = offsets;

    public int Experts => (int)Offsets.Size(0);

    /// <summary>Start and length of every group that has rows. Waits for the device; empty on a meta device.</summary>
    public IEnumerable<(int Expert, int Start, int Length)> Ranges()
    {
        if (Offsets.Device.IsMeta) yield break;
        _ends ??= Offsets.ToArray<int>();
        var start = 0;
        for (var e = 0; e < _ends.Length; e++)
        {
            if (_ends[e] > start) yield return (e, start, _ends[e] - start);
            start = _ends[e];
        }
    }

    public void Dispose() => Offsets.Dispose();
}
