using Litre.Core;
using Litre.Data.Tiles;
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

    public LibrarySettings Library { get; init; } = new();

    public EngineSettings Engine { get; init; } = new();

    public FeatureSettings Features { get; init; } = new();

    public GovernorUse Governor { get; init; } = GovernorUse.On;

    public GovernorSettings Governing { get; init; } = new();

    /// <summary>Refuses settings that contradict each other.</summary>
    /// <exception cref="InputException">Names the settings, and what to change.</exception>
    public void RefuseContradictions()
    {
        if (Trainable.Full && !Trainable.Targets.SequenceEqual(new TrainableSettings().Targets))
            throw new InputException("`full` and `target`: `full` trains all weights, so there are no adapters to place; omit one of them");
        if (!Trainable.Full && Trainable.Freeze.Count > 0)
            throw new InputException(
                "freeze",
                string.Join(",", Trainable.Freeze),
                "adapters train none of the model's own weights, so there is nothing to freeze",
                "add `full`, or choose with `target` what gets adapters"
            );
        if (Data is { Tile: null, TileAnswers: TileAnswers.Tile })
            throw new InputException("tile-answers", "tile", "images are not cut into tiles", "add `tile`, such as `tile 1024`");
    }

    /// <summary>The settings that a function returns for these, to change the result of a call.</summary>
    public TuneSettings Change(Func<TuneSettings, TuneSettings> change) => change(this);
}
