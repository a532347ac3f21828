namespace Litre.Model.Configuration;

/// <summary>
/// The sizes in which Qwen3-VL is published, so that a plan needs no download. A test compares them with the configurations
/// of the hub.
/// </summary>
public static class ModelFamily
{
    private const int Vocab = 151936;

    /// <summary>Hub names, smallest first by the memory of their weights.</summary>
    public static IReadOnlyList<string> Names => [.. Sizes.Select(s => s.Name)];

    private static readonly (string Name, Func<ModelConfig> Config)[] Sizes =
    [
        ("Qwen3-VL-2B-Instruct", () => Dense(2048, 28, 16, 6144, tied: true)),
        ("Qwen3-VL-4B-Instruct", () => Dense(2560, 36, 32, 9728, tied: true)),
        ("Qwen3-VL-8B-Instruct", () => Dense(4096, 36, 32, 12288, tied: false)),
        ("Qwen3-VL-30B-A3B-Instruct", () => Experts(2048, 48, 32, 6144, 768)),
        ("Qwen3-VL-32B-Instruct", () => Dense(5120, 64, 64, 25600, tied: false)),
        ("Qwen3-VL-235B-A22B-Instruct", () => Experts(4096, 94, 64, 12288, 1536)),
    ];

    /// <summary>
    /// The configuration of a published size by its hub name, with or without what stands before and after it:
    /// <c>Qwen/Qwen3-VL-30B-A3B-Instruct</c>, <c>Qwen3-VL-30B-A3B</c>, <c>30B</c>. Null for any other name.
    /// </summary>
    public static (string Name, ModelConfig Config)? Find(string name)
    {
        var size = name.StartsWith("Qwen/", StringComparison.OrdinalIgnoreCase) ? name[5..] : name;
        foreach (var (known, config) in Sizes)
        {
            var core = known["Qwen3-VL-".Length..^"-Instruct".Length];
            if (
                ((string[])[known, $"Qwen3-VL-{core}", $"Qwen3-VL-{core}-Thinking", core, core.Split('-')[0]]).Contains(
                    size,
                    StringComparer.OrdinalIgnoreCase
                )
            )
                return (known, config());
        }
        return null;
    }

    private static ModelConfig Dense(int hidden, int layers, int heads, int intermediate, bool tied) =>
        Make(ModelConfig.DenseType, Text(hidden, layers, heads, 8, intermediate), VisionTower(hidden, small: tied), tied);

    private static ModelConfig Experts(int hidden, int layers, int heads, int intermediate, int expert) =>
        Make(
            ModelConfig.MoeType,
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
            ModelType = type,
            Text = text,
            Vision = vision,
            TieWordEmbeddings = tied,
            DType = Torch.DType.BFloat16,
            ImageTokenId = 151655,
            VideoTokenId = 151656,
            VisionStartTokenId = 151652,
            VisionEndTokenId = 151653,
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
            PatchSize = 16,
            TemporalPatchSize = 2,
            SpatialMergeSize = 2,
        };
}
