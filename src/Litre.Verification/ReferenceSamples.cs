using Litre.Core;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Files;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Verification;

/// <summary>The samples of a reference directory, and expected tensors by name.</summary>
internal sealed class ReferenceSamples : IDisposable
{
    // Those that the reference trained on, in its order.
    private static readonly string[] TrainingOrder = ["text", "one_image", "two_images", "video"];

    private readonly SafetensorsFile _file;

    public ReferenceSamples(string path, ModelConfig config)
    {
        _file = SafetensorsFile.Open(path);
        Names =
        [
            .. _file
                .Tensors.Keys.Where(k => k.EndsWith(".input_ids", StringComparison.Ordinal))
                .Select(k => k[..^".input_ids".Length])
                .OrderBy(n => Array.IndexOf(TrainingOrder, n) is var i && i < 0 ? int.MaxValue : i)
                .ThenBy(n => n, StringComparer.Ordinal),
        ];
        if (Names.Count == 0)
            throw new InputException($"{path}: contains no sample; expected tensors named NAME.input_ids, as generate.py writes them");
        Samples = Names.ToDictionary(n => n, n => Read(n, config));
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>The samples that the reference was trained on, in its order; all samples if the names do not indicate it.</summary>
    public IReadOnlyList<string> Trained => Names.Where(TrainingOrder.Contains).ToList() is { Count: > 0 } trained ? trained : Names;

    public IReadOnlyDictionary<string, ModelSample> Samples { get; }

    public bool Has(string key) => _file.Tensors.ContainsKey(key);

    public IEnumerable<string> Keys => _file.Tensors.Keys;

    public double[] Doubles(string key) => TensorFiles.ReadDoubles(_file, key);

    public int[] Ints(string key) => [.. Doubles(key).Select(v => (int)v)];

    public void Dispose()
    {
        foreach (var sample in Samples.Values)
            sample.Pixels?.Dispose();
        _file.Dispose();
    }

    private ModelSample Read(string name, ModelConfig config)
    {
        var ids = Ints($"{name}.input_ids");
        var images = Grids($"{name}.image_grid_thw");
        var videos = Grids($"{name}.video_grid_thw");
        if (images.Count > 0 && videos.Count > 0)
            throw new InputException($"{_file.Path}: sample {name} has images and a video; the check supports one kind per sample");
        var pixelKey = Has($"{name}.pixel_values") ? $"{name}.pixel_values" : $"{name}.pixel_values_videos";
        var pixels = Has(pixelKey) ? TensorScope.Keep(TensorFiles.Read(_file, pixelKey)) : null;
        if (pixels is { Rank: 2 } && ModelSample.RequireVision(config).PatchValues is var values && pixels.Size(1) != values)
            throw new InputException($"{_file.Path}: {pixelKey} has patches of {pixels.Size(1)} values, but the model's have {values}");
        return new ModelSample(ids, Ints($"{name}.labels"), [.. images, .. videos], pixels);
    }

    private List<VisionGrid> Grids(string key) => Has(key) ? [.. Ints(key).Chunk(3).Select(g => new VisionGrid(g[0], g[1], g[2]))] : [];
}
