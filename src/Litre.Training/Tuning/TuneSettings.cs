using Litre.Data.Boxes;
using Litre.Data.Formats;
using Litre.Data.Tiles;
using Litre.Inference.Features;
using Litre.Kernels;
using Litre.Machine.Governing;
using Litre.Torch;

namespace Litre.Training.Tuning;

/// <summary>
/// Everything that decides a run's numbers and what it leaves behind: the recipe. Names and meaning of each setting, for
/// the command line and for YAML alike, stand in <see cref="RecipeFields"/>.
/// </summary>
public sealed record TuneSettings
{
    public string Model { get; init; } = "";
    public string Data { get; init; } = "";
    public string Output { get; init; } = "";

    /// <summary>A further folder that image paths may begin from; empty for none.</summary>
    public string ImageRoot { get; init; } = "";

    /// <summary>The scale of boxes and points in the data.</summary>
    public BoxScale Boxes { get; init; }

    /// <summary>Whether rows of plain text are read, all of whose text carries loss.</summary>
    public bool TextRows { get; init; }

    /// <summary>What rows without a question are asked; empty for nothing.</summary>
    public string Question { get; init; } = "";

    /// <summary>How the data are read.</summary>
    public DataSetOptions Reading =>
        DataSetOptions.Default with
        {
            ImageRoot = ImageRoot.Length > 0 ? ImageRoot : null,
            Boxes = Boxes,
            TextRows = TextRows,
            Question = Question.Length > 0 ? Question : null,
        };

    /// <summary>The adapter that a new run begins from; empty for a fresh one.</summary>
    public string Adapter { get; init; } = "";

    public bool Full { get; init; }
    public IReadOnlyList<string> Targets { get; init; } = ["attention", "mlp"];
    public IReadOnlyList<string> Freeze { get; init; } = [];
    public int LoraRank { get; init; } = 16;
    public double LoraAlpha { get; init; } = 32;
    public double LoraDropout { get; init; }
    public bool RsLora { get; init; }

    public double LearningRate { get; init; } = 1e-4;
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;
    public double Warmup { get; init; } = 0.03;
    public double WeightDecay { get; init; } = 0.01;
    public double Beta1 { get; init; } = 0.9;
    public double Beta2 { get; init; } = 0.999;
    public double ClipNorm { get; init; } = 1;
    public double Epochs { get; init; } = 3;
    public int MaxSteps { get; init; }

    /// <summary>Tokens of a pass; 0 leaves it to the plan.</summary>
    public int MicroBatchTokens { get; init; }

    public int GradientAccumulation { get; init; } = 1;

    /// <summary>Whether questions about one picture go into one pass, in which its tokens stand once.</summary>
    public bool SharePrefixes { get; init; } = true;

    public int MaxTokens { get; init; }
    public int Seed { get; init; } = 42;

    public double ValidationShare { get; init; } = 0.1;
    public int ValidationSteps { get; init; }
    public int Patience { get; init; }
    public int SaveSteps { get; init; }
    public int Keep { get; init; } = 2;
    public string Mirror { get; init; } = "";

    /// <summary>Longest that a run waits for room on the disk before it ends.</summary>
    public double DiskWaitSeconds { get; init; } = 600;
    public EvaluationTime Evaluation { get; init; } = EvaluationTime.Both;
    public int EvaluationLimit { get; init; }
    public int MaxNewTokens { get; init; } = 128;
    public ReportLanguage ReportLanguage { get; init; }

    public string Device { get; init; } = "";
    public DType DType { get; init; } = DType.BFloat16;
    public RecomputeSetting Recompute { get; init; } = RecomputeSetting.Auto;

    /// <summary>Which kernels the model may use. The machine's environment says it, not the recipe.</summary>
    public KernelOptions Kernels { get; init; } = KernelOptions.Default;

    /// <summary>Host memory for the frozen tower's outputs; null leaves it to the plan.</summary>
    public double? FeatureCacheGiB { get; init; }

    /// <summary>Most bytes that these outputs take on a disk; 0 keeps none there.</summary>
    public long FeatureDiskBytes { get; init; } = FeatureDiskSettings.DefaultBytes;

    /// <summary>Where they lie; empty for the user's own folder.</summary>
    public string FeatureFolder { get; init; } = "";

    public long MinPixels { get; init; }
    public long MaxPixels { get; init; }

    /// <summary>How pages larger than a tile are cut; null shrinks them. What is answered is said by <see cref="TileAnswers"/>.</summary>
    public Tiling? Tile { get; init; }

    /// <summary>Whether answers are a page's or a tile's.</summary>
    public TileAnswers TileAnswers { get; init; }

    /// <summary>Whether base and tuned model are also compared with pages shrunk.</summary>
    public bool CompareShrunk { get; init; } = true;

    /// <summary>Both of how pages are cut and what is answered; null where they are shrunk.</summary>
    public Tiling? Tiling => Tile is null ? null : Tile with { Answers = TileAnswers };

    public GovernorUse Governor { get; init; } = GovernorUse.On;
    public GovernorSettings Governing { get; init; } = new();

    /// <summary>Tokens of a pass where neither user nor plan says how many.</summary>
    public const int DefaultPassTokens = 8192;

    /// <summary>Tokens of a pass.</summary>
    public int PassTokens => MicroBatchTokens > 0 ? MicroBatchTokens : DefaultPassTokens;

    /// <summary>Host memory for what the frozen tower made of pictures; without a plan 1 GiB.</summary>
    public long FeatureCacheBytes => (long)((FeatureCacheGiB ?? 1) * (1L << 30));

    /// <summary>Tokens of the longest sample that is taken.</summary>
    public int LongestSample => MaxTokens > 0 ? Math.Min(MaxTokens, PassTokens) : PassTokens;
}
