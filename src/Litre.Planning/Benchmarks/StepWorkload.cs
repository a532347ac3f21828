using Litre.Kernels;
using Litre.Model.Vision;
using Litre.Torch;
using Litre.Training.Steps;
using Litre.Training.Tuning;

namespace Litre.Planning.Benchmarks;

/// <summary>The workload of a benchmark: the content of one micro-batch, what is trained, and what is measured.</summary>
public sealed record StepWorkload
{
    /// <summary>Samples packed into one micro-batch.</summary>
    public int Samples { get; init; } = 8;

    /// <summary>The images of each sample.</summary>
    public IReadOnlyList<VisionGrid> Grids { get; init; } = [];

    /// <summary>Number of consecutive samples about the same images.</summary>
    public int Questions { get; init; } = 1;

    /// <summary>Whether these samples share their beginning.</summary>
    public bool SharesPrefixes { get; init; } = true;

    /// <summary>Text tokens of each sample, each image's start and end tokens included.</summary>
    public int TextTokens { get; init; } = 122;

    /// <summary>The number of text tokens that are the answer.</summary>
    public int AnswerTokens { get; init; } = 32;

    /// <summary>Modules with adapters, as in the setting <c>target</c> of a run.</summary>
    public IReadOnlyList<string> Targets { get; init; } = ["attention"];

    public int LoraRank { get; init; } = 16;

    /// <summary>All weights instead of adapters.</summary>
    public bool Full { get; init; }

    /// <summary>Which kernels the model may use.</summary>
    public KernelOptions Kernels { get; init; } = KernelOptions.Default;

    /// <summary>Whether timed steps use cached vision features, as every epoch except the first does.</summary>
    public bool CachesFeatures { get; init; }

    /// <summary>Steps that are timed; 0 to measure generation alone.</summary>
    public int Steps { get; init; } = 5;

    /// <summary>Steps before those that are timed.</summary>
    public int WarmupSteps { get; init; } = 2;

    /// <summary>Whether one more step, and the answers again, are measured operator by operator.</summary>
    public bool Profiles { get; init; }

    /// <summary>Whether prompts are answered as well.</summary>
    public bool Generates { get; init; }

    /// <summary>Number of prompts that are answered together.</summary>
    public int GenerateBatch { get; init; } = 8;

    /// <summary>Tokens of each answer.</summary>
    public int NewTokens { get; init; } = 64;

    /// <summary>Requests that are answered by an engine as they arrive; 0 for none.</summary>
    public int ServeRequests { get; init; }

    /// <summary>The time within which they arrive, in seconds.</summary>
    public double ServeSeconds { get; init; } = 1;

    /// <summary>The number of adapters that requests alternate between in a second measurement; 0 for none.</summary>
    public int ServeAdapters { get; init; } = 8;

    /// <summary>Tokens per micro-batch of a data set.</summary>
    public int MicroBatchTokens { get; init; } = BatchSettings.DefaultPassTokens;

    /// <summary>The recipe of a run with this workload.</summary>
    internal TuneSettings Settings(DType dtype, RecomputeSetting recompute) =>
        new()
        {
            Trainable = new()
            {
                Full = Full,
                Targets = Targets,
                LoraRank = LoraRank,
                LoraAlpha = 2 * LoraRank,
            },
            Seed = 1,
            Engine = new()
            {
                DType = dtype,
                Kernels = Kernels,
                Recompute = recompute,
            },
            Batches = new()
            {
                MicroBatchTokens = MicroBatchTokens,
                SharePrefixes = SharesPrefixes,
                MaxSteps = WarmupSteps + Steps,
            },
            Comparison = new() { MaxNewTokens = NewTokens },
            Features = new() { DiskBytes = 0 },
        };
}
