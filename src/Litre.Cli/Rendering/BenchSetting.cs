using Litre.Planning.Benchmarks;
using Litre.Torch;
using Litre.Training.Tuning;

namespace Litre.Cli.Rendering;

/// <summary>What a benchmark was asked for.</summary>
/// <param name="Model">What the model is called.</param>
/// <param name="Device">Where it ran.</param>
/// <param name="DType">The model's type.</param>
/// <param name="Recompute">What the backward ran again.</param>
/// <param name="Workload">What was run.</param>
/// <param name="Data">The data set; null where samples were described.</param>
internal sealed record BenchSetting(
    string Model,
    Device Device,
    DType DType,
    RecomputeSetting Recompute,
    StepWorkload Workload,
    string? Data
);
