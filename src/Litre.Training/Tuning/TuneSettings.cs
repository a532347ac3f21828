using Litre.Machine.Governing;
using Litre.Training.Steps;

namespace Litre.Training.Tuning;

/// <summary>
/// Everything that determines a run's results and files: the recipe, with one record for each part of the program that uses it.
/// <see cref="RecipeFields"/> defines the name and meaning of each setting for the command line and for YAML.
/// </summary>
public sealed record TuneSettings
{
    /// <summary>The checkpoint's folder.</summary>
    public string Model { get; init; } = "";

    /// <summary>The run's folder.</summary>
    public string Output { get; init; } = "";

    /// <summary>The seed of the split, the order of samples, new adapters and dropout.</summary>
    public int Seed { get; init; } = 42;

    public DataSettings Data { get; init; } = new();

    public TrainableSettings Trainable { get; init; } = new();

    public OptimizerSettings Optimizer { get; init; } = new();

    public BatchSettings Batches { get; init; } = new();

    public ValidationSettings Validation { get; init; } = new();

    public CheckpointSettings Checkpoints { get; init; } = new();

    public ComparisonSettings Comparison { get; init; } = new();

    public EngineSettings Engine { get; init; } = new();

    public FeatureSettings Features { get; init; } = new();

    public GovernorUse Governor { get; init; } = GovernorUse.On;

    public GovernorSettings Governing { get; init; } = new();

    /// <summary>The settings that a function returns for these, to change the result of a call.</summary>
    public TuneSettings Change(Func<TuneSettings, TuneSettings> change) => change(this);
}
