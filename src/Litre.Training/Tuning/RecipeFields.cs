using System.Globalization;
using Litre.Data.Tiles;
using Litre.Machine.Governing;
using Litre.Model.Files;
using Litre.Torch;
using Litre.Training.Steps;

namespace Litre.Training.Tuning;

/// <summary>The table of all settings, which defines the options of the command line and the YAML form of a recipe.</summary>
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

    private static readonly RecipeFieldGroup<LibrarySettings> Library = new(s => s.Library, (s, g) => s with { Library = g });

    public static IReadOnlyList<RecipeField> All { get; } =
    [
        Run.Text("model", "Checkpoint folder, as downloaded from the hub.", s => s.Model, (s, v) => s with { Model = v }, isFixed: false),
        Data.Text("data", "Data file or folder.", g => g.Path, (g, v) => g with { Path = v }, isFixed: false),
        Run.Text(
            "output",
            "Run folder. Default: runs/NAME-TIME, with the data's name and the start time.",
            s => s.Output,
            (s, v) => s with { Output = v },
            isFixed: false
        ),
        Data.Text(
            "image-root",
            "Additional folder to resolve relative image paths against.",
            g => g.ImageRoot,
            (g, v) => g with { ImageRoot = v },
            isFixed: false
        ),
        Data.Choice(
            "boxes",
            "Scale of the boxes and points in the data, which are converted to 0 to 1000",
            g => g.Boxes,
            (g, v) => g with { Boxes = v }
        ),
        Data.Switch(
            "text-rows",
            "Read rows of plain text, for continued pretraining: the loss is computed on all of the text.",
            g => g.TextRows,
            (g, v) => g with { TextRows = v }
        ),
        Data.Text(
            "question",
            "The question for rows that have an answer or a caption but no question.",
            g => g.Question,
            (g, v) => g with { Question = v }
        ),
        Trainable.Switch("full", "Train all weights instead of adapters.", g => g.Full, (g, v) => g with { Full = v }),
        Trainable.List(
            "target",
            "Modules that get adapters: attention, mlp, experts, vision, mergers, all-linear, or module names. mlp means "
                + "the experts if the model has experts.",
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
            "Strength of the adapters: their output is scaled by alpha / rank.",
            0,
            g => g.LoraAlpha,
            (g, v) => g with { LoraAlpha = v }
        ),
        Trainable.Number(
            "lora-dropout",
            "Dropout rate of the adapters' inputs during training.",
            0,
            g => g.LoraDropout,
            (g, v) => g with { LoraDropout = v },
            below: 1
        ),
        Trainable.Switch(
            "rslora",
            "Scale the adapters' output by alpha / sqrt(rank) instead.",
            g => g.RsLora,
            (g, v) => g with { RsLora = v }
        ),
        Trainable.Text(
            "adapter",
            "Start from this adapter, or the best one of this run, instead of a new one; its rank, alpha and targets are used.",
            g => g.Adapter,
            (g, v) => g with { Adapter = v }
        ),
        Optimizer.Number("learning-rate", "Peak learning rate.", 0, g => g.LearningRate, (g, v) => g with { LearningRate = v }),
        Optimizer.Choice("schedule", "Learning rate schedule", g => g.Schedule, (g, v) => g with { Schedule = v }),
        Optimizer.Number(
            "warmup",
            "Warmup steps; a value below 1 is a share of the run.",
            0,
            g => g.Warmup,
            (g, v) => g with { Warmup = v }
        ),
        Optimizer.Number("weight-decay", "Decoupled weight decay.", 0, g => g.WeightDecay, (g, v) => g with { WeightDecay = v }),
        Optimizer.Number("beta1", "AdamW's decay of the first moment.", 0, g => g.Beta1, (g, v) => g with { Beta1 = v }, below: 1),
        Optimizer.Number("beta2", "AdamW's decay of the second moment.", 0, g => g.Beta2, (g, v) => g with { Beta2 = v }, below: 1),
        Optimizer.Number(
            "clip-norm",
            "Clip gradients to this norm; 0 disables clipping.",
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
            "Train for this many steps instead of `epochs`; 0 uses `epochs`.",
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
            "Passes per optimizer step.",
            1,
            g => g.GradientAccumulation,
            (g, v) => g with { GradientAccumulation = v }
        ),
        Batches.Switch(
            "share-prefixes",
            "Put questions about the same image into one pass, in which the image's tokens occur once.",
            g => g.SharePrefixes,
            (g, v) => g with { SharePrefixes = v }
        ),
        Batches.Integer(
            "max-tokens",
            "Longest sample in tokens; longer ones are listed and left out. 0 uses what fits into one pass.",
            0,
            g => g.MaxTokens,
            (g, v) => g with { MaxTokens = v }
        ),
        Run.Integer("seed", "Seed of all random numbers.", 0, s => s.Seed, (s, v) => s with { Seed = v }),
        Validation.Number(
            "validation-share",
            "Share of the samples held out for validation if the data have no validation side; samples of one image stay together.",
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
            "Stop after this many validations without improvement; 0 disables early stopping.",
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
        Checkpoints.Integer("keep", "Number of checkpoints to keep.", 1, g => g.Keep, (g, v) => g with { Keep = v }, isFixed: false),
        Checkpoints.Text(
            "mirror",
            "Second folder, on another disk, for a copy of every checkpoint.",
            g => g.Mirror,
            (g, v) => g with { Mirror = v },
            isFixed: false
        ),
        Checkpoints.Number(
            "disk-wait",
            "Seconds to wait for space on a full disk before the run ends; it can be resumed either way.",
            0,
            g => g.DiskWaitSeconds,
            (g, v) => g with { DiskWaitSeconds = v },
            isFixed: false
        ),
        Comparison.Choice(
            "eval",
            "Which models answer the held-out questions after training, for a comparison",
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
            "Longest answer in the evaluation, in tokens.",
            1,
            g => g.MaxNewTokens,
            (g, v) => g with { MaxNewTokens = v },
            isFixed: false
        ),
        Comparison.Choice(
            "report-language",
            "Language of report.html; auto is Chinese if the data are Chinese, else English",
            g => g.ReportLanguage,
            (g, v) => g with { ReportLanguage = v },
            isFixed: false
        ),
        Library.Text(
            "adapter-name",
            "Name of the best adapter in the adapter library. Default: the name of `output` without its time.",
            g => g.Name,
            (g, v) => g with { Name = v },
            isFixed: false
        ),
        Library.Text("note", "Remark in the adapter library.", g => g.Note, (g, v) => g with { Note = v }, isFixed: false),
        Engine.Text(
            "device",
            "Device: cpu, cuda or cuda:N. Default: cuda if available, else cpu.",
            g => g.Device,
            (g, v) => g with { Device = v },
            isFixed: false
        ),
        Engine.Make(
            "dtype",
            "Data type of the model: bfloat16 or float32. Default: bfloat16 on cuda, else float32.",
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
            "Layers whose activations are recomputed in the backward pass instead of kept: auto (as few as memory "
                + "allows), none, all, or a number. The results are identical.",
            false,
            false,
            g => g.Recompute.ToString(),
            (g, v) => g with { Recompute = RecomputeSetting.Parse(v) },
            values: ["auto", "none", "all"]
        ),
        Features.Make(
            "feature-cache",
            "GiB of host memory for the image features of the frozen vision tower, so that each image is encoded once "
                + "per run; auto keeps as many as fit, 0 keeps none.",
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
            "Disk space for image features, such as 20GiB, for later epochs, evaluations and runs; the oldest are "
                + "removed first. 0 keeps none on disk.",
            false,
            false,
            g => ByteSize.Text(g.DiskBytes),
            (g, v) => g with { DiskBytes = ByteSize.Parse(v) ?? throw new FormatException("expected a size such as 20GiB, or 0") }
        ),
        Features.Text(
            "feature-folder",
            "Folder of the image features on disk; several runs and models can share it. Default: ~/.litre/features.",
            g => g.Folder,
            (g, v) => g with { Folder = v },
            isFixed: false
        ),
        Data.Integer(
            "min-pixels",
            "Smaller images are enlarged to this many pixels; 0 uses the checkpoint's limit.",
            0,
            g => (int)g.MinPixels,
            (g, v) => g with { MinPixels = v }
        ),
        Data.Integer(
            "max-pixels",
            "Larger images are downscaled to this many pixels; 0 uses the checkpoint's limit.",
            0,
            g => (int)g.MaxPixels,
            (g, v) => g with { MaxPixels = v }
        ),
        Data.Make(
            "tile",
            "Cut images larger than a tile into tiles: the tile size in pixels and, after a plus sign, the overlap, such as "
                + "1024, 1024x768+128 or 1024+10%. The downscaled page is placed before the tiles unless ,no-page is "
                + "appended. off downscales the image instead.",
            false,
            true,
            g => g.Tile?.ToString() ?? Tiling.Off,
            (g, v) => g with { Tile = Tiling.Parse(v) }
        ),
        Data.Choice(
            "tile-answers",
            "How a page in tiles is answered (once from all tiles, with boxes on the page's scale, or once per tile, with the "
                + "answers joined)",
            g => g.TileAnswers,
            (g, v) => g with { TileAnswers = v }
        ),
        Comparison.Switch(
            "compare-shrunk",
            "With `tile`, also compare base and tuned model on held-out pages that are downscaled instead of cut into tiles.",
            g => g.Shrunk,
            (g, v) => g with { Shrunk = v },
            isFixed: false
        ),
        Run.Choice(
            "governor",
            "Watch the machine, and slow down, pause or stop the run before the machine is exhausted",
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

    /// <summary>Returns the field with a name; null if there is none.</summary>
    public static RecipeField? Find(string name) => All.FirstOrDefault(f => f.Name == name);
}
