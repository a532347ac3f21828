using Litre.Core.Json;
using Litre.Data.Families;
using Litre.Model.Configuration;
using Litre.Model.Experts;
using Litre.Model.Families;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Model.Vision;

namespace Shared;

/// <summary>
/// A family as someone might add one: layers of another kind among those with attention, and text alone where its configuration has no
/// vision tower. What it does not say is that of the first family.
/// </summary>
/// <param name="recurrent">
/// The first layer with a <see cref="LinearRecurrence"/>, 0 or 1, and every second one behind it; null for none.
/// </param>
public sealed class TestFamily(int? recurrent = null) : IModelFamily
{
    private static IModelFamily First => ModelFamilies.All[0];

    public FamilyFormat Format => First.Format;

    public IReadOnlyList<string> ModelTypes => First.ModelTypes;

    public PublishedModels Published => First.Published;

    public ModelConfig Read(JsonFields root, JsonFields? generation) => First.Read(root, generation) with { Family = this };

    public string Write(ModelConfig config) => First.Write(config);

    public CheckpointKeys Keys(ModelConfig config)
    {
        var keys = First.Keys(config with { Vision = config.Vision ?? TinyModels.Config().Vision });
        var other = Enumerable.Range(0, config.Text.Layers).Where(layer => layer % 2 == recurrent).ToList();
        var replaced = other.SelectMany(layer => Attention(keys.Text.Layers[layer])).ToHashSet(StringComparer.Ordinal);
        return new CheckpointKeys(
            keys.Text,
            config.Vision is null ? null : keys.Vision,
            [
                .. keys.Tensors.Where(t => !replaced.Contains(t.Key) && (config.Vision is not null || !t.IsVision)),
                .. other.SelectMany(layer => LinearRecurrence.Tensors(config.Text, layer)),
            ]
        );
    }

    private static string[] Attention(DecoderLayerKeys keys) =>
        [keys.Query, keys.Key, keys.Value, keys.AttentionOut, keys.QueryNorm, keys.KeyNorm];

    public IPositionScheme Positions(ModelConfig config) => config.Vision is null ? new Counted(config.Text) : First.Positions(config);

    public IReadOnlyList<AdapterTarget> Targets(ModelConfig config) => First.Targets(config);

    public IEnumerable<string> Spellings(string module) => First.Spellings(module);

    public ITokenMixer CreateMixer(WeightSource source, TextConfig config, DecoderLayerKeys keys, int layer) =>
        layer % 2 == recurrent ? new LinearRecurrence(source, config, layer) : First.CreateMixer(source, config, keys, layer);

    public IFeedForward CreateFeedForward(WeightSource source, TextConfig config, DecoderLayerKeys keys, int layer) =>
        First.CreateFeedForward(source, config, keys, layer);

    public IVisionEncoder CreateVision(WeightSource source, VisionConfig config, VisionKeys keys) =>
        First.CreateVision(source, config, keys);

    private sealed class Counted(TextConfig config) : IPositionScheme
    {
        public RotaryAngles Angles { get; } = new(RotaryAngles.Geometric(config.RopeTheta, config.HeadDim));

        public (int[][] Positions, int Next) Compute(ReadOnlySpan<int> ids, IReadOnlyList<VisionGrid> grids, int first = 0) =>
            (
                [
                    [.. Enumerable.Range(first, ids.Length)],
                ],
                first + ids.Length
            );
    }
}
