using Litre.Core.Json;
using Litre.Data.Families;
using Litre.Model.Configuration;
using Litre.Model.Experts;
using Litre.Model.Families.Decoders;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Model.Vision;

namespace Litre.Model.Families.Qwen3;

/// <summary>Qwen3, dense, text only.</summary>
internal sealed class Qwen3Family : IModelFamily
{
    internal const string DenseType = "qwen3";
    internal const string Architecture = "Qwen3ForCausalLM";
    private const string TextPrefix = "model.";

    internal static Qwen3Family Instance { get; } = new();

    public FamilyFormat Format => Qwen3Format.Instance;

    public IReadOnlyList<string> ModelTypes { get; } = [DenseType];

    public PublishedModels Published => PublishedSizes.All;

    public ModelConfig Read(JsonFields root, JsonFields? generation)
    {
        ConfigFields.RefuseQuantized(root);
        if (root.Has("vision_config"))
            throw root.Refuse("vision_config", $"is set, but model_type {DenseType} is a text-only model; download config.json again");
        // Classifiers and embedding models have the same layers with other heads.
        if (root.TextsOrNull("architectures") is { Length: > 0 } names && !names.Contains(Architecture))
            throw root.Refuse(
                "architectures",
                $"is {string.Join(", ", names)}, which is not supported; use a model that generates text, such as {Format.ExampleModel}"
            );
        var (eos, pad) = ConfigFields.Ends(root, root, generation);
        return new ModelConfig
        {
            Family = this,
            ModelType = DenseType,
            Text = DecoderConfigReader.Read(root, Qwen3Format.Name, moe: false),
            TieWordEmbeddings = root.BoolOrNull("tie_word_embeddings") ?? false,
            DType = ConfigFields.ElementType(root, root),
            EosTokenIds = eos,
            PadTokenId = pad,
        };
    }

    public string Write(ModelConfig config) => ConfigWriter.Write(config);

    public CheckpointKeys Keys(ModelConfig config)
    {
        var keys = DecoderTable.Keys(TextPrefix, config.Text.Layers);
        return new CheckpointKeys(keys, null, DecoderTable.Tensors(keys, config.Text, config.TieWordEmbeddings));
    }

    public IPositionScheme Positions(ModelConfig config) =>
        new SequentialPositions(new RotaryAngles(RotaryAngles.Geometric(config.Text.RopeTheta, config.Text.HeadDim)));

    public IReadOnlyList<AdapterTarget> Targets(ModelConfig config) => [.. DecoderTargets.All(config.Text)];

    public IEnumerable<string> Spellings(string module) => [module];

    public ITokenMixer CreateMixer(WeightSource source, TextConfig config, DecoderLayerKeys keys, int layer) =>
        new TextAttention(source, config, keys);

    public IFeedForward CreateFeedForward(WeightSource source, TextConfig config, DecoderLayerKeys keys, int layer) =>
        DecoderLayers.FeedForward(source, config, keys, layer);

    public IVisionEncoder CreateVision(WeightSource source, VisionConfig config, VisionKeys keys) =>
        throw new InvalidOperationException($"{Qwen3Format.Name} is a text-only family");
}
