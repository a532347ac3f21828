using System.Globalization;
using Litre.Inference.Features;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Vision;
using Litre.Torch;
using Litre.Training.Steps;

namespace Litre.Planning.Benchmarks;

/// <summary>Repeats one micro-batch of samples of given sizes with random words and pixels.</summary>
public sealed class SyntheticSteps : IBenchmarkSteps
{
    private readonly ModelConfig _config;
    private readonly StepWorkload _workload;
    private readonly Device _device;
    private FeatureCache? _features;
    private ModelSample[]? _loaded;
    private PackedTokens? _tokens;

    /// <param name="config">The model's configuration, for special tokens and patches.</param>
    /// <param name="workload">The description.</param>
    /// <param name="device">The device to which the pixels are copied.</param>
    public SyntheticSteps(ModelConfig config, StepWorkload workload, Device device)
    {
        (_config, _workload, _device) = (config, workload, device);
        Outlines =
        [
            [Describe(workload.Samples)],
        ];
    }

    public IReadOnlyList<ModelSample[][]> Outlines { get; }

    public int TotalSteps => _workload.WarmupSteps + _workload.Steps;

    public int? EpochSamples => null;

    public bool HasImages => _workload.Grids.Count > 0;

    /// <summary>The sizes of the samples, which determine everything else.</summary>
    public string Fingerprint =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"synthetic: {_workload.Samples} of {_workload.TextTokens}+{_workload.AnswerTokens} tokens, "
                + $"{_workload.Questions} about {string.Join(' ', _workload.Grids)}"
        );

    public int LeftOut => 0;

    public void Prepare(FeatureCache features) => _features = features;

    /// <summary>Micro-batches with pixels until their features are cached; packed in advance, as in a run.</summary>
    public PreparedBatch[] Take(int step, StepShare share)
    {
        if (!share.Contains(0))
            return [];
        var samples = Outlines[0][0];
        _tokens ??= new PackedTokens(samples, _config, _workload.SharesPrefixes);
        if (!samples.All(s => _features?.Contains(s.ImageKeys!) == true))
            return [new PreparedBatch(_loaded ??= Load(samples), _tokens)];
        Free();
        return [new PreparedBatch(samples, _tokens)];
    }

    public void Return(PreparedBatch[] batches) { }

    public ModelSample[] Prompts(int count, bool pixels)
    {
        var prompts = Describe(count).Select(PlanData.Prompt).ToArray();
        return pixels ? Load(prompts) : prompts;
    }

    public void Dispose() => Free();

    // Samples about the same images have the same tokens up to the question, because the images come first.
    private ModelSample[] Describe(int count)
    {
        var random = new Random(1);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                    SyntheticSample.Make(_config, _workload.Grids, _workload.TextTokens, _workload.AnswerTokens, random) with
                    {
                        ImageKeys =
                        [
                            .. _workload.Grids.Select(
                                (_, g) => string.Create(CultureInfo.InvariantCulture, $"{i / _workload.Questions}/{g}")
                            ),
                        ],
                    }
                ),
        ];
    }

    // As loaded in a run: samples about the same images share their pixels.
    private ModelSample[] Load(ModelSample[] samples)
    {
        if (_workload.Grids.Count == 0)
            return samples;
        var pixels = samples.Chunk(_workload.Questions).Select((about, image) => Pixels(about[0].Grids, image)).ToArray();
        return [.. samples.Select((sample, i) => sample with { Pixels = pixels[i / _workload.Questions] })];
    }

    private Tensor Pixels(IReadOnlyList<VisionGrid> grids, int imageIndex)
    {
        using var label = MemoryLedger.Label(MemoryUse.Inputs);
        long[] sizes = [grids.Sum(g => (long)g.Patches), ModelSample.RequireVision(_config).PatchValues];
        var pixels = TensorScope.Keep(
            _device.Type == DeviceType.Cuda ? Tensor.Pinned(sizes, DType.UInt8) : Tensor.Empty(sizes, DType.UInt8, _device.Host)
        );
        if (!_device.IsMeta)
            new Random(imageIndex).NextBytes(pixels.Data<byte>());
        return pixels;
    }

    private void Free()
    {
        foreach (var sample in _loaded ?? [])
            sample.Pixels?.Dispose();
        _loaded = null;
    }
}
