using Litre.Model.Configuration;
using Litre.Model.Layers;

namespace Litre.Model.Families.Qwen3;

/// <summary>The published sizes. A test compares them with the numbers of parameters on their model cards.</summary>
internal static class PublishedSizes
{
    internal static PublishedModels All { get; } =
        new(
            Qwen3Format.Instance.Organization,
            "Qwen3-",
            ["", "-Instruct-2507", "-Thinking-2507", "-Base"],
            [
                ("0.6B", () => Make(1024, 28, 16, 3072, tied: true)),
                ("1.7B", () => Make(2048, 28, 16, 6144, tied: true)),
                ("4B", () => Make(2560, 36, 32, 9728, tied: true)),
                ("8B", () => Make(4096, 36, 32, 12288, tied: false)),
                ("14B", () => Make(5120, 40, 40, 17408, tied: false)),
                ("32B", () => Make(5120, 64, 64, 25600, tied: false)),
            ]
        );

    private static ModelConfig Make(int hidden, int layers, int heads, int intermediate, bool tied) =>
        new()
        {
            Family = Qwen3Family.Instance,
            ModelType = Qwen3Family.DenseType,
            Text = new TextConfig
            {
                Vocab = 151936,
                MaxPositionEmbeddings = 40960,
                HiddenSize = hidden,
                Layers = layers,
                Heads = heads,
                KvHeads = 8,
                HeadDim = 128,
                IntermediateSize = intermediate,
                RmsNormEps = 1e-6,
                RopeTheta = 1_000_000,
            },
            TieWordEmbeddings = tied,
            DType = Torch.DType.BFloat16,
        };
}
