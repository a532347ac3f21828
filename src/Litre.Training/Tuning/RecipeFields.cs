using System.Globalization;
using Litre.Data.Tiles;
using Litre.Machine.Governing;
using Litre.Model.Files;
using Litre.Torch;
using Litre.Training.Steps;

namespace Litre.Training.Tuning;

/// <summary>The one table of all settings, from which the command line, the YAML reader and the written recipe are generated.</summary>
public static class RecipeFields
{
    private static readonly RecipeFieldGroup<TuneSettings> Run = new(s => s, (_, s) => s);
    private static readonly RecipeFieldGroup<DataSettings> Data = new(s => s.Data, (s, g) => s with { Data = g });
    private static readonly RecipeFieldGroup<TrainableSettings> Trainable = new(s => s.Trainable, (s, g) => s with { Trainable = g });
    private static readonly RecipeFieldGroup<OptimizerSettings> Optimizer = new(s => s.Optimizer, (s, g) => s with { Optimizer = g });
    private static readonly RecipeFieldGroup<BatchSettings> Batches = new(s => s.Batches, (s, g) => s with { Batches = g });
    private static readonly RecipeFieldGroup<ValidationSettings> Validation = new(s => s.Validation, (s, g) => s with { Validation = g });
    private static readonly RecipeFieldGroup<CheckpointSettings> Checkpoints = new(
        s => s.Checkpoints,
        (s, g) => s with { Checkpoints = g }
    );
    private static readonly RecipeFieldGroup<ComparisonSettings> Comparison = new(s => s.Comparison, (s, g) => s with { Comparison = g });
    private static readonly RecipeFieldGroup<EngineSettings> Engine = new(s => s.Engine, (s, g) => s with { Engine = g });
    private static readonly RecipeFieldGroup<FeatureSettings> Features = new(s => s.Features, (s, g) => s with { Features = g });

    public static IReadOnlyList<RecipeField> All { get; } =
    [
        Run.Text("model", "Checkpoint folder, as downloaded from the hub.", s => s.Model, (s, v) => s with { Model = v }, isFixed: false),
        Data.Text("data", "Data file or folder.", g => g.Path, (g, v) => g with { Path = v }, isFixed: false),
        Run.Text(
            "output",
            "Run folder. Default: runs/ and the data's name with the time.",
            s => s.Output,
            (s, v) => s with { Output = v },
            isFixed: false
        ),
        Data.Text(
            "image-root",
            "Additional folder that relative image paths may start from.",
            g => g.ImageRoot,
            (g, v) => g with { ImageRoot = v },
            isFixed: false
        ),
        Data.Choice(
            "boxes",
            "Scale of boxes and points in the data, which are converted to 0 to 1000",
            g => g.Boxes,
            (g, v) => g with { Boxes = v }
        ),
        Data.Switch(
            "text-rows",
            "Read rows as plain text, for continued pretraining: the loss covers the whole text.",
            g => g.TextRows,
            (g, v) => g with { TextRows = v }
        ),
        Data.Text(
            "question",
            "Question for rows that have an answer or a caption but no question.",
            g => g.Question,
            (g, v) => g with { Question = v }
        ),
        Trainable.Switch("full", "Train all weights instead of adapters.", g => g.Full, (g, v) => g with { Full = v }),
        Trainable.List(
            "target",
            "Modules with adapters: attention, mlp, experts, vision, mergers, all-linear, or module names. mlp means "
                + "the experts where the model has them.",
            g => g.Targets,
            (g, v) => g with { Targets = v }
        ),
        Trainable.List(
            "freeze",
            "With `full`, parts that are not trained: vision, embeddings, router.",
            g => g.Freeze,
            (g, v) => g with { Freeze = v }
        ),
        Trainable.Integer("lora-rank", "Rank of the adapters.", 1, g => g.LoraRank, (g, v) => g with { LoraRank = v }),
        Trainable.Number(
            "lora-alpha",
            "Strength of the adapters: they are scaled by alpha / rank.",
            0,
            g => g.LoraAlpha,
            (g, v) => g with { LoraAlpha = v }
        ),
        Trainable.Number(
            "lora-dropout",
            "Share of an adapter's inputs that is dropped in training.",
            0,
            g => g.LoraDropout,
            (g, v) => g with { LoraDropout = v },
            below: 1
        ),
        Trainable.Switch("rslora", "Scale adapters by alpha / sqrt(rank).", g => g.RsLora, (g, v) => g with { RsLora = v }),
        Trainable.Text(
            "adapter",
            "Start from this adapter, or from the best adapter of this run, instead of a new one; rank, alpha and "
                + "targets are taken from it.",
            g => g.Adapter,
            (g, v) => g with { Adapter = v }
        ),
        Optimizer.Number("learning-rate", "Highest learning rate.", 0, g => g.LearningRate, (g, v) => g with { LearningRate = v }),
        Optimizer.Choice("schedule", "How the learning rate decreases", g => g.Schedule, (g, v) => g with { Schedule = v }),
        Optimizer.Number(
            "warmup",
            "Warmup steps, or, if below 1, a share of the run's steps.",
            0,
            g => g.Warmup,
            (g, v) => g with { Warmup = v }
        ),
        Optimizer.Number("weight-decay", "Decoupled weight decay.", 0, g => g.WeightDecay, (g, v) => g with { WeightDecay = v }),
        Optimizer.Number("beta1", "Decay rate of AdamW's first moment.", 0, g => g.Beta1, (g, v) => g with { Beta1 = v }, below: 1),
        Optimizer.Number("beta2", "Decay rate of AdamW's second moment.", 0, g => g.Beta2, (g, v) => g with { Beta2 = v }, below: 1),
        Optimizer.Number(
            "clip-norm",
            "Gradients are scaled down to this norm; 0 disables clipping.",
            0,
            g => g.ClipNorm,
            (g, v) => g with { ClipNorm = v }
        ),
        Batches.Number(
            "epochs",
            "Passes over the training samples.",
            0,
            g => g.Epochs,
            (g, v) => g with { Epochs = v > 0 ? v : throw new FormatException("expected a number above 0, such as 0.5 or 3") }
        ),
        Batches.Integer(
            "max-steps",
            "Number of steps, which overrides `epochs`; 0 to use `epochs`.",
            0,
            g => g.MaxSteps,
            (g, v) => g with { MaxSteps = v }
        ),
        Batches.Auto(
            "micro-batch-tokens",
            "Tokens packed into one pass; auto uses 8192 per step, in as many passes as memory requires.",
            g => g.MicroBatchTokens,
            (g, v) => g with { MicroBatchTokens = v }
        ),
        Batches.Integer(
            "gradient-accumulation",
            "Passes per step.",
            1,
            g => g.GradientAccumulation,
            (g, v) => g with { GradientAccumulation = v }
        ),
        Batches.Switch(
            "share-prefixes",
            "Put questions about the same image into one pass that contains the image's tokens only once.",
            g => g.SharePrefixes,
            (g, v) => g with { SharePrefixes = v }
        ),
        Batches.Integer(
            "max-tokens",
            "Maximum tokens of a sample; longer ones are listed and skipped. 0 for the most that fits one pass.",
            0,
            g => g.MaxTokens,
            (g, v) => g with { MaxTokens = v }
        ),
        Run.Integer("seed", "Seed of all randomness.", 0, s => s.Seed, (s, v) => s with { Seed = v }),
        Validation.Number(
            "validation-share",
            "Share of the images held out for validation if the data do not define a split.",
            0,
            g => g.Share,
            (g, v) => g with { Share = v },
            below: 1
        ),
        Validation.Integer(
            "validation-steps",
            "Steps between validations; 0 for once per epoch.",
            0,
            g => g.Steps,
            (g, v) => g with { Steps = v }
        ),
        Validation.Integer(
            "patience",
            "Stop after this many validations without improvement; 0 never stops.",
            0,
            g => g.Patience,
            (g, v) => g with { Patience = v },
            isFixed: false
        ),
        Checkpoints.Integer(
            "save-steps",
            "Steps between checkpoints; 0 for once per epoch.",
            0,
            g => g.SaveSteps,
            (g, v) => g with { SaveSteps = v },
            isFixed: false
        ),
        Checkpoints.Integer(
            "keep",
            "Number of newest checkpoints that are kept.",
            1,
            g => g.Keep,
            (g, v) => g with { Keep = v },
            isFixed: false
        ),
        Checkpoints.Text(
            "mirror",
            "Second folder, on another disk, that receives a copy of every checkpoint.",
            g => g.Mirror,
            (g, v) => g with { Mirror = v },
            isFixed: false
        ),
        Checkpoints.Number(
            "disk-wait",
            "Seconds that a run waits for space on a full disk before it ends; it can be resumed in either case.",
            0,
            g => g.DiskWaitSeconds,
            (g, v) => g with { DiskWaitSeconds = v },
            isFixed: false
        ),
        Comparison.Choice(
            "eval",
            "When to answer held-out questions with the base and the tuned model",
            g => g.When,
            (g, v) => g with { When = v },
            isFixed: false
        ),
        Comparison.Integer(
            "eval-limit",
            "Maximum number of held-out questions to answer; 0 for all.",
            0,
            g => g.Limit,
            (g, v) => g with { Limit = v },
            isFixed: false
        ),
        Comparison.Integer(
            "max-new-tokens",
            "Maximum tokens per answer in evaluation.",
            1,
            g => g.MaxNewTokens,
            (g, v) => g with { MaxNewTokens = v },
            isFixed: false
        ),
        Comparison.Choice(
            "report-language",
            "Language of report.html; auto means Chinese if the data are Chinese, otherwise English",
            g => g.ReportLanguage,
            (g, v) => g with { ReportLanguage = v },
            isFixed: false
        ),
        Engine.Text(
            "device",
            "cpu, cuda or cuda:N. Default: cuda if it is usable.",
            g => g.Device,
            (g, v) => g with { Device = v },
            isFixed: false
        ),
        Engine.Make(
            "dtype",
            "Number type of the model: bfloat16 or float32.",
            false,
            true,
            g => g.DType.Name(),
            (g, v) =>
                g with
                {
                    DType = v switch
                    {
                        "bfloat16" => DType.BFloat16,
                        "float32" => DType.Float32,
                        _ => throw new FormatException("expected bfloat16 or float32"),
                    },
                },
            values: ["bfloat16", "float32"]
        ),
        Engine.Make(
            "recompute",
            "Layers whose activations are recomputed in the backward pass instead of being kept: auto (as few as memory "
                + "allows), none, all, or a number. The results are the same.",
            false,
            false,
            g => g.Recompute.ToString(),
            (g, v) => g with { Recompute = RecomputeSetting.Parse(v) },
            values: ["auto", "none", "all"]
        ),
        Features.Make(
            "feature-cache",
            "GiB of host memory for the vision features of images while the vision tower is frozen, so that each image "
                + "is encoded once per run; auto keeps all if they fit, 0 keeps none.",
            false,
            true,
            g => g.CacheGiB is { } gib ? gib.ToString("R", CultureInfo.InvariantCulture) : "auto",
            (g, v) =>
                g with
                {
                    CacheGiB =
                        v == "auto" ? null
                        : double.TryParse(v, NumberStyles.Float, CultureInfo.InvariantCulture, out var gib)
                        && gib >= 0
                        && double.IsFinite(gib)
                            ? gib
                        : throw new FormatException("expected auto, or a number of GiB, 0 or more"),
                }
        ),
        Features.Make(
            "feature-disk",
            "Maximum disk space for vision features, such as 20GiB, which later epochs, evaluations and runs reuse; the "
                + "oldest are deleted first. 0 stores none.",
            false,
            false,
            g => ByteSize.Text(g.DiskBytes),
            (g, v) => g with { DiskBytes = ByteSize.Parse(v) ?? throw new FormatException("expected a size such as 20GiB, or 0") }
        ),
        Features.Text(
            "feature-folder",
            "Folder for vision features on disk; several runs and models can share it. Default: ~/.litre/features.",
            g => g.Folder,
            (g, v) => g with { Folder = v },
            isFixed: false
        ),
        Data.Integer(
            "min-pixels",
            "Smaller images are enlarged to this many pixels; 0 for the checkpoint's own limit.",
            0,
            g => (int)g.MinPixels,
            (g, v) => g with { MinPixels = v }
        ),
        Data.Integer(
            "max-pixels",
            "Larger images are downscaled to this many pixels; 0 for the checkpoint's own limit.",
            0,
            g => (int)g.MaxPixels,
            (g, v) => g with { MaxPixels = v }
        ),
        Data.Make(
            "tile",
            "Split images larger than this tile into tiles: the size in pixels and, after a plus, the overlap, such as "
                + "1024, 1024x768+128 or 1024+10%; the downscaled page is placed before them unless ,no-page follows. "
                + "off downscales the image.",
            false,
            true,
            g => g.Tile?.ToString() ?? Tiling.Off,
            (g, v) => g with { Tile = Tiling.Parse(v) }
        ),
        Data.Choice(
            "tile-answers",
            "Whether a page in tiles gets one answer from all tiles, with boxes on its own scale, or one answer per tile, joined",
            g => g.TileAnswers,
            (g, v) => g with { TileAnswers = v }
        ),
        Comparison.Switch(
            "compare-shrunk",
            "With `tile`, compare the base and the tuned model on held-out pages a second time with the pages downscaled.",
            g => g.Shrunk,
            (g, v) => g with { Shrunk = v },
            isFixed: false
        ),
        Run.Choice(
            "governor",
            "Watch the machine, and shrink, pause or stop the run before its memory is exhausted",
            s => s.Governor,
            (s, v) => s with { Governor = v },
            isFixed: false
        ),
        .. GovernorLimit.All.Select(l =>
            Run.Number(
                l.Name,
                l.Description,
                0,
                s => l.Get(s.Governing),
                (s, v) => s with { Governing = l.Set(s.Governing, v) },
                isFixed: false
            )
        ),
    ];

    /// <summary>The field with the given name, or null.</summary>
    public static RecipeField? Find(string name) => All.FirstOrDefault(f => f.Name == name);
}
