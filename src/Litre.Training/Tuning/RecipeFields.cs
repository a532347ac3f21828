using System.Globalization;
using Litre.Data.Tiles;
using Litre.Machine.Governing;
using Litre.Model.Files;
using Litre.Torch;
using Litre.Training.Steps;

namespace Litre.Training.Tuning;

/// <summary>The one table of all settings, from which the command line, the YAML reader and the written recipe are made.</summary>
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
            "A further folder that image paths may begin from.",
            g => g.ImageRoot,
            (g, v) => g with { ImageRoot = v },
            isFixed: false
        ),
        Data.Choice(
            "boxes",
            "The scale of boxes and points in the data, which are brought to 0 to 1000",
            g => g.Boxes,
            (g, v) => g with { Boxes = v }
        ),
        Data.Switch(
            "text-rows",
            "Read rows of plain text, for continued pretraining: all of the text carries loss.",
            g => g.TextRows,
            (g, v) => g with { TextRows = v }
        ),
        Data.Text(
            "question",
            "What rows are asked that hold an answer or a caption and no question.",
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
            "With `full`, parts that stay as they are: vision, embeddings, router.",
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
            "Share of an adapter's inputs dropped in training.",
            0,
            g => g.LoraDropout,
            (g, v) => g with { LoraDropout = v },
            below: 1
        ),
        Trainable.Switch("rslora", "Scale adapters by alpha / sqrt(rank).", g => g.RsLora, (g, v) => g with { RsLora = v }),
        Trainable.Text(
            "adapter",
            "Begin from this adapter, or the best of this run, in place of a fresh one; rank, alpha and targets are its own.",
            g => g.Adapter,
            (g, v) => g with { Adapter = v }
        ),
        Optimizer.Number("learning-rate", "Highest learning rate.", 0, g => g.LearningRate, (g, v) => g with { LearningRate = v }),
        Optimizer.Choice("schedule", "How the learning rate falls", g => g.Schedule, (g, v) => g with { Schedule = v }),
        Optimizer.Number(
            "warmup",
            "Steps of warmup, or a share of the run where it is below 1.",
            0,
            g => g.Warmup,
            (g, v) => g with { Warmup = v }
        ),
        Optimizer.Number("weight-decay", "Decoupled weight decay.", 0, g => g.WeightDecay, (g, v) => g with { WeightDecay = v }),
        Optimizer.Number("beta1", "AdamW's decay of the first moment.", 0, g => g.Beta1, (g, v) => g with { Beta1 = v }, below: 1),
        Optimizer.Number("beta2", "AdamW's decay of the second moment.", 0, g => g.Beta2, (g, v) => g with { Beta2 = v }, below: 1),
        Optimizer.Number(
            "clip-norm",
            "Gradients are scaled down to this norm; 0 leaves them.",
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
            "Steps, whatever the epochs; 0 for none given.",
            0,
            g => g.MaxSteps,
            (g, v) => g with { MaxSteps = v }
        ),
        Batches.Auto(
            "micro-batch-tokens",
            "Tokens packed into one pass; auto takes 8192 for a step, in as many passes as memory asks for.",
            g => g.MicroBatchTokens,
            (g, v) => g with { MicroBatchTokens = v }
        ),
        Batches.Integer(
            "gradient-accumulation",
            "Passes of one step.",
            1,
            g => g.GradientAccumulation,
            (g, v) => g with { GradientAccumulation = v }
        ),
        Batches.Switch(
            "share-prefixes",
            "Questions about one image go into one pass, in which the image's tokens stand once.",
            g => g.SharePrefixes,
            (g, v) => g with { SharePrefixes = v }
        ),
        Batches.Integer(
            "max-tokens",
            "Longer samples are listed and left out; 0 for what fits one pass.",
            0,
            g => g.MaxTokens,
            (g, v) => g with { MaxTokens = v }
        ),
        Run.Integer("seed", "Start of all randomness.", 0, s => s.Seed, (s, v) => s with { Seed = v }),
        Validation.Number(
            "validation-share",
            "Share of the images held out where the data do not say.",
            0,
            g => g.Share,
            (g, v) => g with { Share = v },
            below: 1
        ),
        Validation.Integer(
            "validation-steps",
            "Steps between validations; 0 for once an epoch.",
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
            "Steps between checkpoints; 0 for once an epoch.",
            0,
            g => g.SaveSteps,
            (g, v) => g with { SaveSteps = v },
            isFixed: false
        ),
        Checkpoints.Integer("keep", "Checkpoints kept.", 1, g => g.Keep, (g, v) => g with { Keep = v }, isFixed: false),
        Checkpoints.Text(
            "mirror",
            "Second folder, on another disk, that gets a copy of every checkpoint.",
            g => g.Mirror,
            (g, v) => g with { Mirror = v },
            isFixed: false
        ),
        Checkpoints.Number(
            "disk-wait",
            "Seconds that a run waits for room on a full disk before it ends; it can be resumed either way.",
            0,
            g => g.DiskWaitSeconds,
            (g, v) => g with { DiskWaitSeconds = v },
            isFixed: false
        ),
        Comparison.Choice(
            "eval",
            "Answer held-out questions with base and tuned model",
            g => g.When,
            (g, v) => g with { When = v },
            isFixed: false
        ),
        Comparison.Integer(
            "eval-limit",
            "Held-out questions answered at most; 0 for all.",
            0,
            g => g.Limit,
            (g, v) => g with { Limit = v },
            isFixed: false
        ),
        Comparison.Integer(
            "max-new-tokens",
            "Longest answer in evaluation.",
            1,
            g => g.MaxNewTokens,
            (g, v) => g with { MaxNewTokens = v },
            isFixed: false
        ),
        Comparison.Choice(
            "report-language",
            "Language of report.html; auto is Chinese where the data are, else English",
            g => g.ReportLanguage,
            (g, v) => g with { ReportLanguage = v },
            isFixed: false
        ),
        Engine.Text(
            "device",
            "cpu, cuda or cuda:N. Default: cuda where it is usable.",
            g => g.Device,
            (g, v) => g with { Device = v },
            isFixed: false
        ),
        Engine.Make(
            "dtype",
            "Type of the model: bfloat16 or float32.",
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
            "Layers that the backward runs again instead of keeping their activations: auto (as few as memory asks "
                + "for), none, all, or how many. The numbers are the same.",
            false,
            false,
            g => g.Recompute.ToString(),
            (g, v) => g with { Recompute = RecomputeSetting.Parse(v) },
            values: ["auto", "none", "all"]
        ),
        Features.Make(
            "feature-cache",
            "GiB of host memory for what the frozen vision tower made of each image, so that an image is encoded "
                + "once in a run; auto keeps all where there is room, 0 none.",
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
            "Most that these outputs take on a disk, such as 20GiB, for later epochs, evaluations and runs; the "
                + "oldest go first. 0 keeps none there.",
            false,
            false,
            g => ByteSize.Text(g.DiskBytes),
            (g, v) => g with { DiskBytes = ByteSize.Parse(v) ?? throw new FormatException("expected a size such as 20GiB, or 0") }
        ),
        Features.Text(
            "feature-folder",
            "Where they lie; several runs and models may share it. Default: ~/.litre/features.",
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
            "Larger images are shrunk to this many pixels; 0 for the checkpoint's own limit.",
            0,
            g => (int)g.MaxPixels,
            (g, v) => g with { MaxPixels = v }
        ),
        Data.Make(
            "tile",
            "Cut images larger than this tile into tiles: its size in pixels and, behind a plus, the overlap, such as "
                + "1024, 1024x768+128 or 1024+10%; "
                + "the shrunk page stands before them, unless ,no-page follows. off shrinks the image.",
            false,
            true,
            g => g.Tile?.ToString() ?? Tiling.Off,
            (g, v) => g with { Tile = Tiling.Parse(v) }
        ),
        Data.Choice(
            "tile-answers",
            "What is answered about a page in tiles: one answer from all tiles, with boxes on the page's scale, or one a tile, joined",
            g => g.TileAnswers,
            (g, v) => g with { TileAnswers = v }
        ),
        Comparison.Switch(
            "compare-shrunk",
            "With `tile`, compare base and tuned model on held-out pages once more with the pages shrunk.",
            g => g.Shrunk,
            (g, v) => g with { Shrunk = v },
            isFixed: false
        ),
        Run.Choice(
            "governor",
            "Watch the machine and shrink, pause or stop the run before it is exhausted",
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

    /// <summary>The field of a name, or null.</summary>
    public static RecipeField? Find(string name) => All.FirstOrDefault(f => f.Name == name);
}
