using System.Collections.Concurrent;
using Litre.Data.Packing;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Inference.Features;

/// <summary>
/// Reads features from the disk for samples that are loaded together; an image that several of them show is read once. For background
/// threads; thread-safe. Features that it returned remain valid after it is disposed.
/// </summary>
public sealed class FeatureReader : IDisposable
{
    private readonly FeatureCache _cache;
    private readonly FeatureDisk _disk;
    private readonly SampleEncoder _encoder;
    private readonly ConcurrentDictionary<string, Lazy<VisionOutput?>> _read = new(StringComparer.Ordinal);

    internal FeatureReader(FeatureCache cache, FeatureDisk disk, SampleEncoder encoder) =>
        (_cache, _disk, _encoder) = (cache, disk, encoder);

    /// <summary>
    /// Features of all images of a sample, with null for those already in memory; null if the disk does not have all of the others.
    /// </summary>
    /// <param name="visuals">The images.</param>
    /// <param name="keys">The key of each image.</param>
    internal IReadOnlyList<VisionOutput?>? Read(IReadOnlyList<VisualInput> visuals, IReadOnlyList<string> keys)
    {
        // All are learned, so that those that must be encoded are written.
        var learned = true;
        for (var i = 0; i < keys.Count; i++)
            learned &= _disk.Identify(keys[i], visuals[i], _encoder);
        if (!learned || !keys.All(k => _cache.Contains([k]) || _disk.Contains(k)))
            return null;
        var read = new VisionOutput?[keys.Count];
        for (var i = 0; i < read.Length; i++)
        {
            if (_cache.Contains([keys[i]]))
                continue;
            var (key, grid) = (keys[i], visuals[i].Grid);
            var one = _read
                .GetOrAdd(key, k => new Lazy<VisionOutput?>(() => _disk.Read(k, new VisionGrid(grid.Frames, grid.Height, grid.Width))))
                .Value;
            if (one is null)
            {
                foreach (var features in read)
                    features?.Dispose();
                return null;
            }
            read[i] = one.Map(t => TensorScope.Keep(t.Alias()));
        }
        return read;
    }

    /// <summary>After a sample's pixels were decoded: images that changed meanwhile are not written under the content they had.</summary>
    internal void VerifyUnchanged(IReadOnlyList<VisualInput> visuals, IReadOnlyList<string> keys)
    {
        for (var i = 0; i < keys.Count; i++)
        {
            if (visuals[i].Key != keys[i])
                _disk.Forget(keys[i]);
        }
    }

    public void Dispose()
    {
        foreach (var one in _read.Values)
        {
            if (one.IsValueCreated)
                one.Value?.Dispose();
        }
        _read.Clear();
    }
}
