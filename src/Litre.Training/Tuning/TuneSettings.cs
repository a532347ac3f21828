using Litre.Machine.Governing;
using Litre.Training.Steps;

namespace Litre.Training.Tuning;

/// <summary>
/// Everything that decides a run's numbers and what it leaves behind: the recipe, in one record for each part of the program that
/// heeds it. Names and meaning of each setting, for the command line and for YAML alike, stand in <see cref="RecipeFields"/>.
/// </summary>
public sealed record TuneSettings
{
    /// <summary>The checkpoint's folder.</summary>
    public string Model { get; init; } = "";

    /// <summary>The run's folder.</summary>
    public string Output { get; init; } = "";

    /// <summary>Of the split, the order of samples, new adapters and dropout.</summary>
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

    /// <summary>The settings that a function makes of these, for changes of what a call returned.</summary>
    public TuneSettings Change(Func<TuneSettings, TuneSettings> change) => change(this);
}
