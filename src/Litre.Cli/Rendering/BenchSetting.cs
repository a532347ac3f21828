using Litre.Planning.Benchmarks;
using Litre.Torch;
using Litre.Training.Tuning;

namespace Litre.Cli.Rendering;

/// <summary>The settings of a benchmark.</summary>
/// <param name="Model">The name of the model.</param>
/// <param name="Device">The device it ran on.</param>
/// <param name="DType">The data type of the model.</param>
/// <param name="Recompute">The layers recomputed in the backward pass.</param>
/// <param name="Workload">The samples, what is trained, and the measurements.</param>
/// <param name="Data">The data set; null if samples were described.</param>
internal sealed record BenchSetting(
    string Model,
    Device Device,
    DType DType,
    RecomputeSetting Recompute,
    StepWorkload Workload,
    string? Data
);
