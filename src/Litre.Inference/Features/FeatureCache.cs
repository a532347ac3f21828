using System.Collections.Concurrent;
using Litre.Data.Packing;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Inference.Features;

/// <summary>
/// Remembers the vision features of each image, so that an image is decoded and encoded once in a whole run, however many questions,
/// epochs and evaluations see it. Does nothing while the vision tower is trained or carries an adapter. <see cref="Contains"/> and
/// members documented as thread-safe may be called from any thread, all others only from the model's thread.
/// </summary>
/// <remarks>
/// On the CPU each image goes through the vision tower alone: its features are then a function of the image, not of its neighbors in a
/// batch, and a resumed run, which starts with an empty cache, computes the same bits. What does not fit into the budget is read from
/// <see cref="Disk"/>, or computed again each time, with the same result.
/// </remarks>
public sealed class FeatureCache : IDisposable
{
    private readonly CausalModel _model;
    private readonly long _budgetBytes;
    private readonly ConcurrentDictionary<string, VisionOutput> _entries = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = [];
    private readonly HashSet<string> _packing = new(StringComparer.Ordinal); // must not be removed now

    /// <summary>The default for chats and evaluations: about 80 photographs for a 30B model, tens of thousands for a small one.</summary>
    public const long DefaultBytes = 1L << 30;

    /// <param name="model">Borrowed.</param>
    /// <param name="budgetBytes">Maximum host memory in bytes; 0 keeps nothing.</param>
    public FeatureCache(CausalModel model, long budgetBytes) => (_model, _budgetBytes) = (model, budgetBytes);

    /// <summary>
    /// Whether a model's vision tower always returns the same features for the same image: it is frozen, and no attached adapter
    /// changes it.
    /// </summary>
    public static bool Supports(CausalModel model) =>
        model.VisionTower is { Trainable: false } tower && tower.Linears.SelectMany(l => l.Parts).All(p => p.Lora.Count == 0);

    /// <summary>Whether pixels are copied to a CUDA device, which is several times faster from page-locked memory.</summary>
    public bool UsesPinnedMemory => _model.Device.Type == DeviceType.Cuda;

    /// <summary>
    /// The disk to which all encoded features are written and from which those not in memory are read; null for none. Borrowed.
    /// </summary>
    public FeatureDisk? Disk { get; init; }

    /// <summary>Whether new images are remembered; false if memory is short.</summary>
    public bool RetainsNewImages { get; set; } = true;

    /// <summary>
    /// Whether the features that were added first make room for new ones; then every sample needs its pixels or features. Otherwise
    /// what does not fit is not kept.
    /// </summary>
    public bool EvictsOldest { get; init; }

    /// <summary>Whether features are kept in the device's memory instead of the host's.</summary>
    public bool KeepsOnDevice { get; init; }

    /// <summary>Bytes kept.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether all of these images are known, so that their pixels are not needed.</summary>
    public bool Contains(IReadOnlyList<string> keys) => keys.All(_entries.ContainsKey) && Supports(_model);

    /// <summary>Reads features from the disk in advance; null if there is none. The caller disposes it. Thread-safe.</summary>
    public FeatureReader? Reader(SampleEncoder encoder) =>
        Disk is not null && Supports(_model) ? new FeatureReader(this, Disk, encoder) : null;

    /// <summary>Prepares on the host what is possible while another batch computes. Thread-safe.</summary>
    public PackedTokens Prepare(IReadOnlyList<ModelSample> samples, bool share) => new(samples, _model.Config, share);

    /// <summary>Packs samples; their images go through the vision tower here, unless they are known.</summary>
    /// <param name="samples">
    /// With pixels or features, or without both if <see cref="Contains"/> returned true. The caller keeps ownership.
    /// </param>
    /// <param name="share">Whether samples with the same beginning share it.</param>
    /// <param name="tokens">The tokens of these samples, where <see cref="Prepare"/> made them ahead.</param>
    public PackedBatch Pack(IReadOnlyList<ModelSample> samples, bool share = false, PackedTokens? tokens = null)
    {
        if (!Supports(_model) || samples.Any(s => s.Grids.Count > 0 && s.ImageKeys is null))
            return PackedBatch.Pack(samples, _model.Config, _model.DType, _model.Device, share, tokens);
        using var scope = new TensorScope();
        _packing.Clear();
        _packing.UnionWith(samples.SelectMany(s => s.ImageKeys ?? []));
        var made = Encode(FindMissing(samples));
        foreach (var sample in samples)
        {
            for (var i = 0; i < (sample.ImageFeatures?.Count ?? 0); i++)
            {
                if (sample.ImageFeatures![i] is { } read)
                    Add(sample.ImageKeys![i], read);
            }
        }
        using var label = MemoryLedger.Label(MemoryUse.Inputs);
        var seen = samples.Select(s => s with { Pixels = null }).ToArray();
        tokens ??= Prepare(samples, share);
        foreach (var i in tokens.ImageOwners)
        {
            var sample = samples[i];
            if (sample.Grids.Count == 0)
                continue;
            var parts = sample.ImageKeys!.Select((k, n) => made.GetValueOrDefault(k) ?? sample.ImageFeatures?[n] ?? _entries[k]);
            seen[i] = seen[i] with { Features = VisionOutput.Concat([.. parts], _model.Device) };
        }
        return PackedBatch.Pack(seen, _model.Config, _model.DType, _model.Device, share, tokens);
    }

    /// <summary>Clears it.</summary>
    public void Dispose() => Clear();

    /// <summary>
    /// Frees all memory, including features that are waiting to be written; files on the disk are kept. The cache remains usable.
    /// </summary>
    public void Clear()
    {
        Disk?.DropPending();
        foreach (var features in _entries.Values)
            features.Dispose();
        _entries.Clear();
        _order.Clear();
        Bytes = 0;
    }

    // Each image that is not known, once: its key, its rows of pixels, its grid.
    private List<(string Key, Tensor Pixels, VisionGrid Grid)> FindMissing(IReadOnlyList<ModelSample> samples)
    {
        var missing = new List<(string, Tensor, VisionGrid)>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var sample in samples)
        {
            var start = 0L;
            for (var i = 0; i < sample.Grids.Count; i++)
            {
                var grid = sample.Grids[i];
                if (sample.ImageFeatures?[i] is null && !_entries.ContainsKey(sample.ImageKeys![i]) && keys.Add(sample.ImageKeys[i]))
                    missing.Add((sample.ImageKeys[i], sample.Pixels!.Slice(0, start, grid.Patches), grid));
                start += grid.Patches;
            }
        }
        return missing;
    }

    private Dictionary<string, VisionOutput> Encode(List<(string Key, Tensor Pixels, VisionGrid Grid)> images)
    {
        var made = new Dictionary<string, VisionOutput>(StringComparer.Ordinal);
        var config = ModelSample.RequireVision(_model.Config);
        foreach (var group in _model.Device.UsesCuda ? [.. images.Chunk(Math.Max(1, images.Count))] : images.Chunk(1))
        {
            using var input = new VisionInput(
                [.. group.Select(p => p.Pixels)],
                [.. group.Select(p => p.Grid)],
                config,
                _model.DType,
                _model.Device
            );
            var output = _model.VisionTower!.Forward(input, Pass.Inference).Output;
            var start = 0L;
            foreach (var (key, _, grid) in group)
            {
                var (from, rows) = (start, (long)grid.Patches / config.MergedPatches);
                made[key] = output.Map(t => t.Slice(0, from, rows));
                start += rows;
                Add(key, made[key]);
                if (RetainsNewImages && Disk?.ShouldWrite(key, made[key].Bytes) == true)
                    Disk.Write(key, CopyToHost(_entries.GetValueOrDefault(key) ?? made[key], share: true));
            }
        }
        return made;
    }

    private void Add(string key, VisionOutput features)
    {
        if (!RetainsNewImages || features.Bytes > _budgetBytes || _entries.ContainsKey(key))
            return;
        for (var tries = _order.Count; Bytes + features.Bytes > _budgetBytes; tries--)
        {
            if (!EvictsOldest || tries == 0)
                return;
            var oldest = _order.Dequeue();
            if (_packing.Contains(oldest))
            {
                _order.Enqueue(oldest);
                continue;
            }
            _entries.TryRemove(oldest, out var removed);
            Bytes -= removed!.Bytes;
            removed.Dispose();
        }
        Bytes += features.Bytes;
        _order.Enqueue(key);
        if (KeepsOnDevice)
        {
            using var label = MemoryLedger.Label(MemoryUse.Features);
            _entries[key] = features.Map(t => TensorScope.Keep(t.Clone()));
            return;
        }
        // What was read for a CUDA device is in page-locked memory, of which there is little.
        _entries[key] = CopyToHost(features, share: !UsesPinnedMemory);
    }

    // On the host, independent of any scope: a new handle to memory that the features own, otherwise a copy.
    private VisionOutput CopyToHost(VisionOutput features, bool share)
    {
        using var scope = new TensorScope();
        using var label = MemoryLedger.Label(MemoryUse.Features);
        var host = _model.Device.Host;
        return features.Map(t =>
            TensorScope.Keep(
                t.Device != host ? t.To(host)
                : share && t.StorageBytes == t.Bytes ? t.Alias()
                : t.Clone()
            )
        );
    }
}
