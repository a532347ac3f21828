using Litre.Model.Configuration;
using Litre.Model.Weights;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>What a plan is made of.</summary>
/// <param name="Model">What the model is called.</param>
/// <param name="Config">Its sizes.</param>
/// <param name="Shape">What its checkpoint holds.</param>
/// <param name="Settings">The recipe; what it leaves to the plan is chosen.</param>
/// <param name="Data">What is trained on.</param>
/// <param name="Machine">On what.</param>
public sealed record PlanRequest(
    string Model,
    ModelConfig Config,
    CheckpointShape Shape,
    TuneSettings Settings,
    PlanData Data,
    PlanMachine Machine
)
{
    /// <summary>Bytes that features of images may take on the disk now; without a number as many as the recipe allows.</summary>
    public long FeatureSpaceBytes { get; init; } = long.MaxValue;

    /// <summary>Whether to look for what would fit, where this does not.</summary>
    public bool FindsAlternatives { get; init; } = true;
}
