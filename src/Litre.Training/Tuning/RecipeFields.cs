using System.Globalization;
using Litre.Data.Tiles;
using Litre.Machine.Governing;
using Litre.Model.Files;
using Litre.Torch;

namespace Litre.Training.Tuning;

/// <summary>The one table of all settings, from which the command line, the YAML reader and the written recipe are made.</summary>
public static class RecipeFields
{
    public static IReadOnlyList<RecipeField> All { get; } =
    [
        Text("model", "Checkpoint folder, as downloaded from the hub.", s => s.Model, (s, v) => s with { Model = v }, isFixed: false),
        Text("data", "Data file or folder.", s => s.Data.Path, (s, v) => s with { Data = s.Data with { Path = v } }, isFixed: false),
        Text(
            "output",
            "Run folder. Default: runs/ and the data's name with the time.",
            s => s.Output,
            (s, v) => s with { Output = v },
            isFixed: false
        ),
        Text(
            "image-root",
            "A further folder that image paths may begin from.",
            s => s.Data.ImageRoot,
            (s, v) => s with { Data = s.Data with { ImageRoot = v } },
            isFixed: false
        ),
        Choice(
            "boxes",
            "The scale of boxes and points in the data, which are brought to 0 to 1000",
            s => s.Data.Boxes,
            (s, v) => s with { Data = s.Data with { Boxes = v } }
        ),
        Switch(
            "text-rows",
            "Read rows of plain text, for continued pretraining: all of the text carries loss.",
            s => s.Data.TextRows,
            (s, v) => s with { Data = s.Data with { TextRows = v } }
        ),
        Text(
            "question",
            "What rows are asked that hold an answer or a caption and no question.",
            s => s.Data.Question,
            (s, v) => s with { Data = s.Data with { Question = v } }
        ),
        Switch(
            "full",
            "Train all weights instead of adapters.",
            s => s.Trainable.Full,
            (s, v) => s with { Trainable = s.Trainable with { Full = v } }
        ),
        List(
            "target",
            "Modules with adapters: attention, mlp, experts, vision, mergers, all-linear, or module names. mlp means "
                + "the experts where the model has them.",
            s => s.Trainable.Targets,
            (s, v) => s with { Trainable = s.Trainable with { Targets = v } }
        ),
        List(
            "freeze",
            "With `full`, parts that stay as they are: vision, embeddings, router.",
            s => s.Trainable.Freeze,
            (s, v) => s with { Trainable = s.Trainable with { Freeze = v } }
        ),
        Integer(
            "lora-rank",
            "Rank of the adapters.",
            1,
            s => s.Trainable.LoraRank,
            (s, v) => s with { Trainable = s.Trainable with { LoraRank = v } }
        ),
        Number(
            "lora-alpha",
            "Strength of the adapters: they are scaled by alpha / rank.",
            0,
            s => s.Trainable.LoraAlpha,
            (s, v) => s with { Trainable = s.Trainable with { LoraAlpha = v } }
        ),
        Number(
            "lora-dropout",
            "Share of an adapter's inputs dropped in training.",
            0,
            s => s.Trainable.LoraDropout,
            (s, v) => s with { Trainable = s.Trainable with { LoraDropout = v } },
            below: 1
        ),
        Switch(
            "rslora",
            "Scale adapters by alpha / sqrt(rank).",
            s => s.Trainable.RsLora,
            (s, v) => s with { Trainable = s.Trainable with { RsLora = v } }
        ),
        Text(
            "adapter",
            "Begin from this adapter, or the best of this run, in place of a fresh one; rank, alpha and targets are its own.",
            s => s.Trainable.Adapter,
            (s, v) => s with { Trainable = s.Trainable with { Adapter = v } }
        ),
        Number(
            "learning-rate",
            "Highest learning rate.",
            0,
            s => s.Optimizer.LearningRate,
            (s, v) => s with { Optimizer = s.Optimizer with { LearningRate = v } }
        ),
        Choice(
            "schedule",
            "How the learning rate falls",
            s => s.Optimizer.Schedule,
            (s, v) => s with { Optimizer = s.Optimizer with { Schedule = v } }
        ),
        Number(
            "warmup",
            "Steps of warmup, or a share of the run where it is below 1.",
            0,
            s => s.Optimizer.Warmup,
            (s, v) => s with { Optimizer = s.Optimizer with { Warmup = v } }
        ),
        Number(
            "weight-decay",
            "Decoupled weight decay.",
            0,
            s => s.Optimizer.WeightDecay,
            (s, v) => s with { Optimizer = s.Optimizer with { WeightDecay = v } }
        ),
        Number(
            "beta1",
            "AdamW's decay of the first moment.",
            0,
            s => s.Optimizer.Beta1,
            (s, v) => s with { Optimizer = s.Optimizer with { Beta1 = v } },
            below: 1
        ),
        Number(
            "beta2",
            "AdamW's decay of the second moment.",
            0,
            s => s.Optimizer.Beta2,
            (s, v) => s with { Optimizer = s.Optimizer with { Beta2 = v } },
            below: 1
        ),
        Number(
            "clip-norm",
            "Gradients are scaled down to this norm; 0 leaves them.",
            0,
            s => s.Optimizer.ClipNorm,
            (s, v) => s with { Optimizer = s.Optimizer with { ClipNorm = v } }
        ),
        Number(
            "epochs",
            "Passes over the training samples.",
            0,
            s => s.Batches.Epochs,
            (s, v) =>
                s with
                {
                    Batches = s.Batches with
                    {
                        Epochs = v > 0 ? v : throw new FormatException("expected a number above 0, such as 0.5 or 3"),
                    },
                }
        ),
        Integer(
            "max-steps",
            "Steps, whatever the epochs; 0 for none given.",
            0,
            s => s.Batches.MaxSteps,
            (s, v) => s with { Batches = s.Batches with { MaxSteps = v } }
        ),
        Auto(
            "micro-batch-tokens",
            "Tokens packed into one pass; auto takes 8192 for a step, in as many passes as memory asks for.",
            s => s.Batches.MicroBatchTokens,
            (s, v) => s with { Batches = s.Batches with { MicroBatchTokens = v } }
        ),
        Integer(
            "gradient-accumulation",
            "Passes of one step.",
            1,
            s => s.Batches.GradientAccumulation,
            (s, v) => s with { Batches = s.Batches with { GradientAccumulation = v } }
        ),
        Switch(
            "share-prefixes",
            "Questions about one image go into one pass, in which the image's tokens stand once.",
            s => s.Batches.SharePrefixes,
            (s, v) => s with { Batches = s.Batches with { SharePrefixes = v } }
        ),
        Integer(
            "max-tokens",
            "Longer samples are listed and left out; 0 for what fits one pass.",
            0,
            s => s.Batches.MaxTokens,
            (s, v) => s with { Batches = s.Batches with { MaxTokens = v } }
        ),
        Integer("seed", "Start of all randomness.", 0, s => s.Seed, (s, v) => s with { Seed = v }),
        Number(
            "validation-share",
            "Share of the images held out where the data do not say.",
            0,
            s => s.Validation.Share,
            (s, v) => s with { Validation = s.Validation with { Share = v } },
            below: 1
        ),
        Integer(
            "validation-steps",
            "Steps between validations; 0 for once an epoch.",
            0,
            s => s.Validation.Steps,
            (s, v) => s with { Validation = s.Validation with { Steps = v } }
        ),
        Integer(
            "patience",
            "Stop after this many validations without improvement; 0 never stops.",
            0,
            s => s.Validation.Patience,
            (s, v) => s with { Validation = s.Validation with { Patience = v } },
            isFixed: false
        ),
        Integer(
            "save-steps",
            "Steps between checkpoints; 0 for once an epoch.",
            0,
            s => s.Checkpoints.SaveSteps,
            (s, v) => s with { Checkpoints = s.Checkpoints with { SaveSteps = v } },
            isFixed: false
        ),
        Integer(
            "keep",
            "Checkpoints kept.",
            1,
            s => s.Checkpoints.Keep,
            (s, v) => s with { Checkpoints = s.Checkpoints with { Keep = v } },
            isFixed: false
        ),
        Text(
            "mirror",
            "Second folder, on another disk, that gets a copy of every checkpoint.",
            s => s.Checkpoints.Mirror,
            (s, v) => s with { Checkpoints = s.Checkpoints with { Mirror = v } },
            isFixed: false
        ),
        Number(
            "disk-wait",
            "Seconds that a run waits for room on a full disk before it ends; it can be resumed either way.",
            0,
            s => s.Checkpoints.DiskWaitSeconds,
            (s, v) => s with { Checkpoints = s.Checkpoints with { DiskWaitSeconds = v } },
            isFixed: false
        ),
        Choice(
            "eval",
            "Answer held-out questions with base and tuned model",
            s => s.Comparison.When,
            (s, v) => s with { Comparison = s.Comparison with { When = v } },
            isFixed: false
        ),
        Integer(
            "eval-limit",
            "Held-out questions answered at most; 0 for all.",
            0,
            s => s.Comparison.Limit,
            (s, v) => s with { Comparison = s.Comparison with { Limit = v } },
            isFixed: false
        ),
        Integer(
            "max-new-tokens",
            "Longest answer in evaluation.",
            1,
            s => s.Comparison.MaxNewTokens,
            (s, v) => s with { Comparison = s.Comparison with { MaxNewTokens = v } },
            isFixed: false
        ),
        Choice(
            "report-language",
            "Language of report.html; auto is Chinese where the data are, else English",
            s => s.Comparison.ReportLanguage,
            (s, v) => s with { Comparison = s.Comparison with { ReportLanguage = v } },
            isFixed: false
        ),
        Text(
            "device",
            "cpu, cuda or cuda:N. Default: cuda where it is usable.",
            s => s.Engine.Device,
            (s, v) => s with { Engine = s.Engine with { Device = v } },
            isFixed: false
        ),
        new(
            "dtype",
            "Type of the model: bfloat16 or float32.",
            false,
            true,
            s => s.Engine.DType.Name(),
            (s, v) =>
                s with
                {
                    Engine = s.Engine with
                    {
                        DType = v switch
                        {
                            "bfloat16" => DType.BFloat16,
                            "float32" => DType.Float32,
                            _ => throw new FormatException("expected bfloat16 or float32"),
                        },
                    },
                }
        )
        {
            Values = ["bfloat16", "float32"],
        },
        new(
            "recompute",
            "Layers that the backward runs again instead of keeping their activations: auto (as few as memory asks "
                + "for), none, all, or how many. The numbers are the same.",
            false,
            false,
            s => s.Engine.Recompute.ToString(),
            (s, v) => s with { Engine = s.Engine with { Recompute = RecomputeSetting.Parse(v) } }
        )
        {
            Values = ["auto", "none", "all"],
        },
        new(
            "feature-cache",
            "GiB of host memory for what the frozen vision tower made of each image, so that an image is encoded "
                + "once in a run; auto keeps all where there is room, 0 none.",
            false,
            true,
            s => s.Features.CacheGiB is { } gib ? gib.ToString("R", CultureInfo.InvariantCulture) : "auto",
            (s, v) =>
                s with
                {
                    Features = s.Features with
                    {
                        CacheGiB =
                            v == "auto" ? null
                            : double.TryParse(v, NumberStyles.Float, CultureInfo.InvariantCulture, out var gib)
                            && gib >= 0
                            && double.IsFinite(gib)
                                ? gib
                            : throw new FormatException("expected auto, or a number of GiB, 0 or more"),
                    },
                }
        ),
        new(
            "feature-disk",
            "Most that these outputs take on a disk, such as 20GiB, for later epochs, evaluations and runs; the "
                + "oldest go first. 0 keeps none there.",
            false,
            false,
            s => ByteSize.Text(s.Features.DiskBytes),
            (s, v) =>
                s with
                {
                    Features = s.Features with
                    {
                        DiskBytes = ByteSize.Parse(v) ?? throw new FormatException("expected a size such as 20GiB, or 0"),
                    },
                }
        ),
        Text(
            "feature-folder",
            "Where they lie; several runs and models may share it. Default: ~/.litre/features.",
            s => s.Features.Folder,
            (s, v) => s with { Features = s.Features with { Folder = v } },
            isFixed: false
        ),
        Integer(
            "min-pixels",
            "Smaller images are enlarged to this many pixels; 0 for the checkpoint's own limit.",
            0,
            s => (int)s.Data.MinPixels,
            (s, v) => s with { Data = s.Data with { MinPixels = v } }
        ),
        Integer(
            "max-pixels",
            "Larger images are shrunk to this many pixels; 0 for the checkpoint's own limit.",
            0,
            s => (int)s.Data.MaxPixels,
            (s, v) => s with { Data = s.Data with { MaxPixels = v } }
        ),
        new(
            "tile",
            "Cut images larger than this tile into tiles: its size in pixels and, behind a plus, the overlap, such as "
                + "1024, 1024x768+128 or 1024+10%; "
                + "the shrunk page stands before them, unless ,no-page follows. off shrinks the image.",
            false,
            true,
            s => s.Data.Tile?.ToString() ?? Tiling.Off,
            (s, v) => s with { Data = s.Data with { Tile = Tiling.Parse(v) } }
        ),
        Choice(
            "tile-answers",
            "What is answered about a page in tiles: one answer from all tiles, with boxes on the page's scale, or one a tile, joined",
            s => s.Data.TileAnswers,
            (s, v) => s with { Data = s.Data with { TileAnswers = v } }
        ),
        Switch(
            "compare-shrunk",
            "With `tile`, compare base and tuned model on held-out pages once more with the pages shrunk.",
            s => s.Comparison.Shrunk,
            (s, v) => s with { Comparison = s.Comparison with { Shrunk = v } },
            isFixed: false
        ),
        Choice(
            "governor",
            "Watch the machine and shrink, pause or stop the run before it is exhausted",
            s => s.Governor,
            (s, v) => s with { Governor = v },
            isFixed: false
        ),
        .. GovernorLimit.All.Select(l =>
            Number(
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

    private static RecipeField Text(
        string name,
        string description,
        Func<TuneSettings, string> get,
        Func<TuneSettings, string, TuneSettings> set,
        bool isFixed = true
    ) => new(name, description, false, isFixed, get, set);

    private static RecipeField Switch(
        string name,
        string description,
        Func<TuneSettings, bool> get,
        Func<TuneSettings, bool, TuneSettings> set,
        bool isFixed = true
    ) =>
        new(
            name,
            description,
            true,
            isFixed,
            s => get(s) ? "true" : "false",
            (s, v) =>
                set(
                    s,
                    v switch
                    {
                        "true" => true,
                        "false" => false,
                        _ => throw new FormatException("expected true or false"),
                    }
                )
        );

    private static RecipeField List(
        string name,
        string description,
        Func<TuneSettings, IReadOnlyList<string>> get,
        Func<TuneSettings, IReadOnlyList<string>, TuneSettings> set
    ) =>
        new(
            name,
            description + " Several are separated by commas.",
            false,
            true,
            s => string.Join(",", get(s)),
            (s, v) => set(s, v.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        );

    private static RecipeField Integer(
        string name,
        string description,
        int minimum,
        Func<TuneSettings, int> get,
        Func<TuneSettings, int, TuneSettings> set,
        bool isFixed = true
    ) =>
        new(
            name,
            description,
            false,
            isFixed,
            s => get(s).ToString(CultureInfo.InvariantCulture),
            (s, v) =>
                int.TryParse(v, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number >= minimum
                    ? set(s, number)
                    : throw new FormatException($"expected a whole number, {minimum} or more")
        );

    private static RecipeField Auto(
        string name,
        string description,
        Func<TuneSettings, int> get,
        Func<TuneSettings, int, TuneSettings> set
    ) =>
        new(
            name,
            description,
            false,
            true,
            s => get(s) is > 0 and var number ? number.ToString(CultureInfo.InvariantCulture) : "auto",
            (s, v) =>
                v == "auto" ? set(s, 0)
                : int.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? set(s, number)
                : throw new FormatException("expected auto, or a whole number, 1 or more")
        );

    private static RecipeField Number(
        string name,
        string description,
        double minimum,
        Func<TuneSettings, double> get,
        Func<TuneSettings, double, TuneSettings> set,
        double below = double.PositiveInfinity,
        bool isFixed = true
    ) =>
        new(
            name,
            description,
            false,
            isFixed,
            s => get(s).ToString("R", CultureInfo.InvariantCulture),
            (s, v) =>
                double.TryParse(v, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= minimum && number < below
                    ? set(s, number)
                    : throw new FormatException(
                        double.IsInfinity(below)
                            ? string.Create(CultureInfo.InvariantCulture, $"expected a number, {minimum} or more")
                            : string.Create(CultureInfo.InvariantCulture, $"expected a number from {minimum} to below {below}")
                    )
        );

    private static RecipeField Choice<T>(
        string name,
        string description,
        Func<TuneSettings, T> get,
        Func<TuneSettings, T, TuneSettings> set,
        bool isFixed = true
    )
        where T : struct, Enum
    {
        var names = string.Join(", ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant()));
        return new(
            name,
            $"{description}: {names}.",
            false,
            isFixed,
            s => get(s).ToString().ToLowerInvariant(),
            (s, v) =>
                Enum.TryParse<T>(v, ignoreCase: true, out var value) && !char.IsDigit(v[0])
                    ? set(s, value)
                    : throw new FormatException($"expected one of {names}")
        )
        {
            Values = names.Split(", "),
        };
    }
}
