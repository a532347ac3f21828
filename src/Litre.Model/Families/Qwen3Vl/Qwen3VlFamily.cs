using Litre.Core.Json;
using Litre.Data.Families;
using Litre.Model.Configuration;
using Litre.Model.Experts;
using Litre.Model.Families.Decoders;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Model.Vision;

namespace Litre.Model.Families.Qwen3Vl;

/// <summary>Qwen3-VL, dense and with experts.</summary>
internal sealed class Qwen3VlFamily : IModelFamily
{
    internal const string DenseType = "qwen3_vl";
    internal const string MoeType = "qwen3_vl_moe";
    private const string TextPrefix = "model.language_model.";

    internal static Qwen3VlFamily Instance { get; } = new();

    internal static VisualTokenIds DefaultTokens { get; } = new(Image: 151655, Video: 151656, Start: 151652, End: 151653);

    public FamilyFormat Format => Qwen3VlFormat.Instance;

    public IReadOnlyList<string> ModelTypes { get; } = [DenseType, MoeType];

    public PublishedModels Published => PublishedSizes.All;

    public ModelConfig Read(JsonFields root, JsonFields? generation) => ConfigReader.Read(root, generation);

    public string Write(ModelConfig config) => ConfigWriter.Write(config);

    public CheckpointKeys Keys(ModelConfig config)
    {
        var (text, vision) = (DecoderTable.Keys(TextPrefix, config.Text.Layers), VisionTable.Keys(config.Vision!));
        return new CheckpointKeys(
            text,
            vision,
            [.. DecoderTable.Tensors(text, config.Text, config.TieWordEmbeddings), .. VisionTable.Tensors(vision, config.Vision!)]
        );
    }

    public IPositionScheme Positions(ModelConfig config) => new MropePositions(config);

    public IReadOnlyList<AdapterTarget> Targets(ModelConfig config) =>
        [
            .. DecoderTargets.All(config.Text),
            new("vision", ["attn.qkv", "attn.proj", "mlp.linear_fc1", "mlp.linear_fc2"], []),
            new(
                "mergers",
                [
                    .. config
                        .Vision!.DeepstackVisualIndexes.Select((_, i) => $"deepstack_merger_list.{i}")
                        .Prepend("merger")
                        .SelectMany(m => (string[])[m + ".linear_fc1", m + ".linear_fc2"]),
                ],
                []
            ),
        ];

    public IEnumerable<string> Spellings(string module)
    {
        yield return module;
        if (module.StartsWith(TextPrefix, StringComparison.Ordinal))
        {
            yield return "language_model.model." + module[TextPrefix.Length..];
            yield return "model." + module[TextPrefix.Length..];
        }
        else if (module.StartsWith(VisionTable.Prefix, StringComparison.Ordinal))
        {
            yield return module["model.".Length..];
        }
    }

    public ITokenMixer CreateMixer(WeightSource source, TextConfig config, DecoderLayerKeys keys, int layer) =>
        new TextAttention(source, config, keys);

    public IFeedForward CreateFeedForward(WeightSource source, TextConfig config, DecoderLayerKeys keys, int layer) =>
        DecoderLayers.FeedForward(source, config, keys, layer);

    public IVisionEncoder CreateVision(WeightSource source, VisionConfig config, VisionKeys keys) => new VisionTower(source, config, keys);
}
