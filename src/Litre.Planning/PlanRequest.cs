using Litre.Model.Configuration;
using Litre.Model.Weights;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>The input of a plan.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Config">Its sizes.</param>
/// <param name="Shape">The tensors of its checkpoint.</param>
/// <param name="Settings">The recipe; the plan chooses the settings that it leaves open.</param>
/// <param name="Data">The training data.</param>
/// <param name="Machine">The machine.</param>
public sealed record PlanRequest(
    string Model,
    ModelConfig Config,
    CheckpointShape Shape,
    TuneSettings Settings,
    PlanData Data,
    PlanMachine Machine
)
{
    /// <summary>Bytes that image features may use on the disk now; by default as many as the recipe allows.</summary>
    public long FeatureSpaceBytes { get; init; } = long.MaxValue;

    /// <summary>Whether to search for alternatives if the plan does not fit.</summary>
    public bool FindsAlternatives { get; init; } = true;
}
