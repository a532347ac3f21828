using System.Collections.Concurrent;
using Litre.Data.Packing;
using Litre.Model;
using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Inference.Features;

/// <summary>
/// Remembers what the frozen vision tower made of each image, so that an image is decoded and encoded once in a whole
/// run, however many questions, epochs and evaluations see it. Does nothing while the tower is trained or carries an
/// adapter. <see cref="Contains"/> and what says so is thread-safe, the rest is for the model's own thread.
/// </summary>
/// <remarks>
/// On the CPU each image goes through the tower alone: its features are then a function of the image, not of its
/// neighbors in a batch, and a resumed run, which starts with an empty cache, computes the same bits. What does not fit
/// into the budget is read from <see cref="Disk"/>, or computed again each time, with the same result.
/// </remarks>
public sealed class FeatureCache : IDisposable
{
    private readonly CausalModel _model;
    private readonly long _budgetBytes;
    private readonly ConcurrentDictionary<string, VisionOutput> _entries = new(StringComparer.Ordinal);

    /// <summary>
    /// What chats and evaluations keep by default: about 80 photographs of a 30B model, tens of thousands of a small one's.
    /// </summary>
    public const long DefaultBytes = 1L << 30;

    /// <param name="model">Borrowed.</param>
    /// <param name="budgetBytes">Most bytes of host memory to keep; 0 keeps nothing.</param>
    public FeatureCache(CausalModel model, long budgetBytes) => (_model, _budgetBytes) = (model, budgetBytes);

    /// <summary>
    /// Whether a model has a tower that gives the same for the same image all the time: it is frozen, and no adapter that is attached
    /// changes it.
    /// </summary>
    public static bool Supports(CausalModel model) =>
        model.VisionTower is { Trainable: false } tower && tower.Linears.SelectMany(l => l.Parts).All(p => p.Lora.Count == 0);

    /// <summary>Whether pixels go to a CUDA device, to which page-locked memory is copied several times faster than other.</summary>
    public bool UsesPinnedMemory => _model.Device.Type == DeviceType.Cuda;

    /// <summary>Where everything goes that is encoded, and comes from that memory does not hold; null for nowhere. Borrowed.</summary>
    public FeatureDisk? Disk { get; init; }

    /// <summary>Whether new images are remembered; false where memory is short.</summary>
    public bool RetainsNewImages { get; set; } = true;

    /// <summary>Bytes kept.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether all of these images are known, so that their pixels are not needed.</summary>
    public bool Contains(IReadOnlyList<string> keys) => keys.All(_entries.ContainsKey) && Supports(_model);

    /// <summary>Reads ahead what is on the disk; null where there is none. The caller's to dispose. Thread-safe.</summary>
    public FeatureReader? Reader(SampleEncoder encoder) =>
        Disk is not null && Supports(_model) ? new FeatureReader(this, Disk, encoder) : null;

    /// <summary>What of a batch can be made on the host while another computes. Thread-safe.</summary>
    public PackedTokens Prepare(IReadOnlyList<ModelSample> samples, bool share) => new(samples, _model.Config, share);

    /// <summary>Packs samples; their images go through the tower here, unless they are known.</summary>
    /// <param name="samples">With pixels or features, or without them where <see cref="Contains"/> said so. These stay the
    /// caller's.</param>
    /// <param name="share">Whether samples that begin alike share their beginning.</param>
    /// <param name="tokens">Of these samples, where <see cref="Prepare"/> made them ahead.</param>
    public PackedBatch Pack(IReadOnlyList<ModelSample> samples, bool share = false, PackedTokens? tokens = null)
    {
        if (!Supports(_model) || samples.Any(s => s.Grids.Count > 0 && s.ImageKeys is null))
            return PackedBatch.Pack(samples, _model.Config, _model.DType, _model.Device, share, tokens);
        using var scope = new TensorScope();
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
    /// Frees all memory, that of features which wait to be written too; what is on the disk stays. The cache can be used further.
    /// </summary>
    public void Clear()
    {
        Disk?.DropPending();
        foreach (var features in _entries.Values)
            features.Dispose();
        _entries.Clear();
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
        if (!RetainsNewImages || Bytes + features.Bytes > _budgetBytes || _entries.ContainsKey(key))
            return;
        Bytes += features.Bytes;
        // What was read for a CUDA device lies in page-locked memory, of which there is little.
        _entries[key] = CopyToHost(features, share: !UsesPinnedMemory);
    }

    // On the host for longer than any scope: a new handle on memory that is the features' own, else a copy.
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
