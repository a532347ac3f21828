using Litre.Model.Configuration;
using Litre.Model.Layers;

namespace Litre.Model.Families.Qwen3Vl;

/// <summary>The published sizes. A test compares them with the configurations of the hub.</summary>
internal static class PublishedSizes
{
    private const int Vocab = 151936;

    internal static PublishedModels All { get; } =
        new(
            Qwen3VlFormat.Instance.Organization,
            "Qwen3-VL-",
            ["-Instruct", "-Thinking"],
            [
                ("2B", () => Dense(2048, 28, 16, 6144, tied: true)),
                ("4B", () => Dense(2560, 36, 32, 9728, tied: true)),
                ("8B", () => Dense(4096, 36, 32, 12288, tied: false)),
                ("30B-A3B", () => Experts(2048, 48, 32, 6144, 768)),
                ("32B", () => Dense(5120, 64, 64, 25600, tied: false)),
                ("235B-A22B", () => Experts(4096, 94, 64, 12288, 1536)),
            ]
        );

    private static ModelConfig Dense(int hidden, int layers, int heads, int intermediate, bool tied) =>
        Make(Qwen3VlFamily.DenseType, Text(hidden, layers, heads, 8, intermediate), VisionTower(hidden, small: tied), tied);

    private static ModelConfig Experts(int hidden, int layers, int heads, int intermediate, int expert) =>
        Make(
            Qwen3VlFamily.MoeType,
            Text(hidden, layers, heads, 4, intermediate) with
            {
                Experts = 128,
                ExpertsPerToken = 8,
                MoeIntermediateSize = expert,
            },
            VisionTower(hidden, small: false),
            false
        );

    private static ModelConfig Make(string type, TextConfig text, VisionConfig vision, bool tied) =>
        new()
        {
            Family = Qwen3VlFamily.Instance,
            ModelType = type,
            Text = text,
            Vision = vision,
            TieWordEmbeddings = tied,
            DType = Torch.DType.BFloat16,
            Visual = Qwen3VlFamily.DefaultTokens,
        };

    private static TextConfig Text(int hidden, int layers, int heads, int kvHeads, int intermediate) =>
        new()
        {
            Vocab = Vocab,
            MaxPositionEmbeddings = 262144,
            HiddenSize = hidden,
            Layers = layers,
            Heads = heads,
            KvHeads = kvHeads,
            HeadDim = 128,
            IntermediateSize = intermediate,
            RmsNormEps = 1e-6,
            RopeTheta = 5_000_000,
            MropeSection = [24, 20, 20],
        };

    // The two smallest have a smaller tower.
    private static VisionConfig VisionTower(int hidden, bool small) =>
        new()
        {
            Depth = small ? 24 : 27,
            HiddenSize = small ? 1024 : 1152,
            Heads = 16,
            IntermediateSize = small ? 4096 : 4304,
            OutHiddenSize = hidden,
            NumPositionEmbeddings = 2304,
            DeepstackVisualIndexes = small ? [5, 11, 17] : [8, 16, 24],
            InChannels = 3,
            PixelMean = Qwen3VlFormat.Instance.Images!.Mean,
            PixelDeviation = Qwen3VlFormat.Instance.Images!.Deviation,
            PatchSize = 16,
            TemporalPatchSize = 2,
            SpatialMergeSize = 2,
        };
}
