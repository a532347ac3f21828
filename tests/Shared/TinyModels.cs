using Litre.Kernels;
using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Experts;
using Litre.Model.Families;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Model.Vision;
using Litre.Model.Weights;
using Litre.Torch;

namespace Shared;

/// <summary>Configurations, models and samples small enough for exhaustive checks, and the sizes of a real model.</summary>
public static class TinyModels
{
    private static IModelFamily Family { get; } = ModelFamilies.All[0];

    /// <param name="experts">Experts of each layer, or 0 for dense layers.</param>
    /// <param name="tied">Whether the head is the embedding.</param>
    /// <param name="dense">Layers without experts.</param>
    public static ModelConfig Config(int experts = 0, bool tied = false, IReadOnlyList<int>? dense = null) =>
        new()
        {
            Family = Family,
            ModelType = Family.ModelTypes[experts > 0 ? 1 : 0],
            Text = new TextConfig
            {
                Vocab = 40,
                MaxPositionEmbeddings = 1000,
                HiddenSize = 12,
                Layers = 3,
                Heads = 4,
                KvHeads = 2,
                HeadDim = 8,
                IntermediateSize = 10,
                MoeIntermediateSize = 6,
                Experts = experts,
                ExpertsPerToken = experts == 0 ? 0 : 2,
                MlpOnlyLayers = dense ?? [],
                RmsNormEps = 1e-6,
                RopeTheta = 10000,
                MropeSection = [2, 1, 1],
            },
            Vision = new VisionConfig
            {
                Depth = 3,
                HiddenSize = 16,
                Heads = 2,
                IntermediateSize = 12,
                OutHiddenSize = 12,
                NumPositionEmbeddings = 9,
                DeepstackVisualIndexes = [0, 1],
                InChannels = 3,
                PixelMean = [0.5, 0.5, 0.5],
                PixelDeviation = [0.5, 0.5, 0.5],
                PatchSize = 2,
                TemporalPatchSize = 2,
                SpatialMergeSize = 2,
            },
            TieWordEmbeddings = tied,
            Visual = new VisualTokenIds(Image: 36, Video: 37, Start: 38, End: 39),
        };

    /// <summary>Checkpoint keys of one of the layers.</summary>
    public static DecoderLayerKeys LayerKeys(int layer = 0) => Config().Keys.Text.Layers[layer];

    /// <summary>Checkpoint keys of a vision tower of these sizes.</summary>
    public static VisionKeys VisionKeys(VisionConfig config) => (Config() with { Vision = config }).Keys.Vision!;

    /// <summary>The published sizes of Qwen3-VL-30B-A3B-Instruct.</summary>
    public static ModelConfig Qwen3Vl30BA3B()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "tests", "configs", "Qwen3-VL-30B-A3B-Instruct.json");
            if (File.Exists(file))
                return ModelConfigs.Load(file);
        }
        throw new InvalidOperationException($"no tests/configs above {AppContext.BaseDirectory}");
    }

    /// <summary>Weights large enough that every path matters.</summary>
    public static RandomSource Weights(int seed, DType dtype = DType.Float64, KernelOptions? kernels = null) =>
        new(dtype, Device.Cpu, seed, 0.3) { Jitter = 0.2, Kernels = new KernelPolicy(kernels ?? KernelOptions.Default) };

    /// <summary>A layer with attention, and experts where the configuration has them.</summary>
    public static TextLayer Layer(WeightSource source, TextConfig config, int layer) =>
        new(
            source,
            config,
            LayerKeys(layer),
            layer,
            i => Family.CreateMixer(source, config, LayerKeys(i), i),
            i => Family.CreateFeedForward(source, config, LayerKeys(i), i)
        );

    /// <summary>A model that mixes kinds of layers: attention and <see cref="LinearRecurrence"/> by turns.</summary>
    /// <param name="config">With a vision tower or without.</param>
    /// <param name="source">Of the weights.</param>
    /// <param name="first">The first layer with a recurrence, 0 or 1.</param>
    public static CausalModel Mixed(ModelConfig config, WeightSource source, int first = 0) =>
        new(config with { Family = new TestFamily(first) }, source);

    /// <summary>A configuration of the same sizes for text alone.</summary>
    public static ModelConfig TextOnly(int experts = 0) => Config(experts) with { Family = new TestFamily(), Vision = null, Visual = null };

    /// <summary>A factor pair for a matrix (out, in), or for a stack of such matrices.</summary>
    public static LoraPair Lora(WeightSource source, string module, ReadOnlySpan<long> weight, LoraSettings settings)
    {
        var a = weight.ToArray();
        var b = weight.ToArray();
        a[^2] = settings.Rank;
        b[^1] = settings.Rank;
        return new LoraPair(module, source.Make(module + ".lora_A.weight", a), source.Make(module + ".lora_B.weight", b), settings);
    }

    /// <summary>A pair on one part of a linear module, in slot 0.</summary>
    public static LoraPair Adapt(LinearPart part, WeightSource source, LoraSettings settings)
    {
        var pair = Lora(source, part.Module, part.Weight.Sizes, settings);
        part.Lora.Add(0, pair);
        return pair;
    }

    /// <summary>A pair on the tensor of all experts, in slot 0.</summary>
    public static LoraPair Adapt(ExpertLinear experts, WeightSource source, LoraSettings settings)
    {
        var pair = Lora(source, experts.Key, experts.Weight.Sizes, settings);
        experts.Lora.Add(0, pair);
        return pair;
    }

    /// <summary>An adapter of random factors in the next slot, on every linear module and every expert tensor.</summary>
    /// <param name="model">It may carry others.</param>
    /// <param name="source">Of the factors.</param>
    /// <param name="settings">Of every pair.</param>
    /// <param name="targets">By module, or by key of an expert tensor; null for all.</param>
    public static Adapter Adapt(CausalModel model, WeightSource source, LoraSettings settings, Func<string, bool>? targets = null)
    {
        var slot = model.Adapters.FreeSlot;
        var updates = new List<WeightUpdate>();
        foreach (var part in model.LinearParts.Where(p => targets?.Invoke(p.Module) != false))
            Add(part.Module, part.Weight, part.Lora);
        foreach (var experts in model.ExpertLinears.Where(e => targets?.Invoke(e.Key) != false))
            Add(experts.Key, experts.Weight, experts.Lora);
        return model.Adapters.Add(new AdapterConfig { Rank = settings.Rank, Alpha = settings.Alpha }, updates);

        void Add(string module, Parameter weight, LoraSlots slots)
        {
            var pair = Lora(source, module, weight.Sizes, settings);
            slots.Add(slot, pair);
            updates.Add(new WeightUpdate(weight, pair));
        }
    }

    public static void Train(IEnumerable<Parameter> parameters, bool train = true)
    {
        foreach (var parameter in parameters)
            parameter.Trainable = train;
    }

    /// <summary>A prompt with images and an answer. Its pixels are the caller's to free.</summary>
    /// <param name="random">Source of tokens and pixels.</param>
    /// <param name="config">Of the model.</param>
    /// <param name="prompt">Text tokens before the answer.</param>
    /// <param name="answer">Answer tokens, the first of a sequence apart all with loss.</param>
    /// <param name="grids">Images, each behind a token of text.</param>
    public static ModelSample Sample(Random random, ModelConfig config, int prompt, int answer, params VisionGrid[] grids)
    {
        List<int> ids = [];
        var plain = Math.Min(config.Visual!.Start, config.Visual!.Image);
        foreach (var grid in grids)
        {
            for (var frame = 0; frame < grid.Frames; frame++)
            {
                ids.Add(config.Visual!.Start);
                var token = grid.Frames > 1 ? config.Visual!.Video : config.Visual!.Image;
                var merged = grid.PatchesPerFrame / config.Vision!.MergedPatches;
                ids.AddRange(Enumerable.Repeat(token, merged));
                ids.Add(config.Visual!.End);
            }
        }
        for (var i = 0; i < prompt + answer; i++)
            ids.Add(random.Next(plain));
        var labels = ids.Select((id, i) => i < ids.Count - answer ? ModelSample.NoLoss : id).ToArray();
        if (grids.Length == 0)
            return new ModelSample([.. ids], labels, [], null);
        var patches = grids.Sum(g => g.Patches);
        var pixels = new byte[(long)patches * config.Vision!.PatchValues];
        random.NextBytes(pixels);
        return new ModelSample(
            [.. ids],
            labels,
            grids,
            TensorScope.Keep(Tensor.From<byte>(pixels, [patches, config.Vision!.PatchValues], Device.Cpu))
        );
    }

    /// <summary>Several questions with their answers about the same images. They hold the same pixels.</summary>
    /// <param name="random">Of tokens, lengths and pixels.</param>
    /// <param name="config">Of the model.</param>
    /// <param name="key">Tells the images from others.</param>
    /// <param name="questions">How many.</param>
    /// <param name="grids">The images.</param>
    public static ModelSample[] Questions(Random random, ModelConfig config, string key, int questions, params VisionGrid[] grids)
    {
        var begin = Sample(random, config, random.Between(0, 2), 0, grids);
        var plain = Math.Min(config.Visual!.Start, config.Visual!.Image);
        return
        [
            .. Enumerable
                .Range(0, questions)
                .Select(_ =>
                {
                    var (prompt, answer) = (random.Between(0, 3), random.Between(1, 3));
                    var own = Enumerable.Range(0, prompt + answer).Select(_ => random.Next(plain)).ToArray();
                    int[] ids = [.. begin.Ids, .. own];
                    return begin with
                    {
                        Ids = ids,
                        Labels = [.. ids.Select((id, i) => i < ids.Length - answer ? ModelSample.NoLoss : id)],
                        ImageKeys = [.. grids.Select((_, i) => $"{key}{i}")],
                    };
                }),
        ];
    }
}
