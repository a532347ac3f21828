using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Litre.Core;
using Litre.Model.Files;
using Litre.Model.Identity;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>
/// Checks every byte of a checkpoint's weights while they are loaded: refuses values that are not finite, and hashes each tensor for
/// <see cref="Fingerprint"/>. Tensors may come in any order, but the pieces of a tensor only in their own order. Not thread-safe.
/// </summary>
/// <param name="shape">The checkpoint's tensors.</param>
/// <param name="loaded">The type that weights are converted to.</param>
internal sealed class WeightCheck(CheckpointShape shape, DType loaded)
{
    // Both checks of a part find it in the processor's nearest cache.
    private const int PartBytes = 1 << 16;

    private readonly Dictionary<string, XxHash128> _open = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, byte[]> _hashes = new(StringComparer.Ordinal);

    // Of float32 tensors rounded to bfloat16, by which a checkpoint is recognized in the other precision.
    private readonly Dictionary<string, XxHash128> _openRounded = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _rounded = new(StringComparer.Ordinal);
    private readonly ushort[] _part = new ushort[PartBytes / sizeof(float)];

    /// <summary>Processes the next bytes of a tensor.</summary>
    /// <exception cref="InputException">One of its values is not finite.</exception>
    internal void Update(TensorEntry entry, long start, ReadOnlySpan<byte> data)
    {
        if (!_open.TryGetValue(entry.Name, out var hash))
            _open.Add(entry.Name, hash = new XxHash128());
        for (var at = 0; at < data.Length; at += PartBytes)
        {
            var part = data.Slice(at, Math.Min(PartBytes, data.Length - at));
            hash.Append(part);
            if (entry.DType == DType.Float32)
                AppendRounded(entry.Name, part);
            if (FiniteCheck.FirstNotFinite(part, entry.DType, loaded) is var index and >= 0)
                throw NotFinite(entry, FiniteCheck.Text(part, entry.DType, index), (start + at) / entry.DType.Bytes() + index);
        }
        if (start + data.Length < entry.Bytes)
            return;
        _open.Remove(entry.Name);
        _hashes.Add(entry.Name, hash.GetCurrentHash());
        if (_openRounded.Remove(entry.Name, out var rounded))
            _rounded.Add(entry.Name, rounded.GetCurrentHash());
    }

    private void AppendRounded(string name, ReadOnlySpan<byte> part)
    {
        if (!_openRounded.TryGetValue(name, out var hash))
            _openRounded.Add(name, hash = new XxHash128());
        var values = MemoryMarshal.Cast<byte, uint>(part);
        BFloat16.Round(values, _part);
        hash.Append(MemoryMarshal.AsBytes(_part.AsSpan(0, values.Length)));
    }

    /// <summary>
    /// The fingerprint of the processed tensors, which must be complete: it does not depend on how they are split into files, or on
    /// their order.
    /// </summary>
    internal WeightFingerprint Fingerprint()
    {
        if (_open.Count > 0)
            throw new InvalidOperationException($"{_open.Keys.First()} was not read to its end");
        var hasExperts = _hashes.Keys.Any(IsExpert);
        return new WeightFingerprint
        {
            Weights = Combine(_hashes.Where(h => !IsExpert(h.Key))),
            Experts = hasExperts ? Combine(_hashes.Where(h => IsExpert(h.Key))) : null,
            ExpertLayout = hasExperts ? shape.Layout.ToString().ToLowerInvariant() : null,
            Rounded = CanRound ? Combine(_hashes.Where(h => !IsExpert(h.Key)), rounded: true) : null,
            RoundedExperts = CanRound && hasExperts ? Combine(_hashes.Where(h => IsExpert(h.Key)), rounded: true) : null,
        };
    }

    // Something is rounded, and nothing is of a type whose rounding is not computed.
    private bool CanRound =>
        _rounded.Count > 0
        && _hashes.Keys.All(key => shape.Tensors[key].DType is DType.Float32 or DType.BFloat16 || !shape.Tensors[key].DType.IsFloat());

    private bool IsExpert(string key) => shape.Experts.Contains(key);

    private string Combine(IEnumerable<KeyValuePair<string, byte[]>> hashes, bool rounded = false)
    {
        var all = new XxHash128();
        foreach (var (key, hash) in hashes)
        {
            var entry = shape.Tensors[key];
            var type = rounded && entry.DType == DType.Float32 ? DType.BFloat16 : entry.DType;
            all.Append(Encoding.UTF8.GetBytes($"{key} {SafetensorsDType.Name(type)} {Shape.Text(entry.Shape)} "));
            all.Append(rounded ? _rounded.GetValueOrDefault(key, hash) : hash);
        }
        return "xxh128:" + Convert.ToHexStringLower(all.GetCurrentHash());
    }

    private static InputException NotFinite(TensorEntry entry, string value, long element) =>
        new(
            $"{entry.File}: {entry.Name} contains {value} at element {element} of {Shape.Text(entry.Shape)}; weights "
                + "must be finite numbers, so the checkpoint is damaged or its training diverged; download it again or use an earlier one"
        );
}
