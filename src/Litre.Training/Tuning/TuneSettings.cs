using Litre.Core;
using Litre.Data.Tiles;
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

    /// <summary>Refuses settings that contradict each other.</summary>
    /// <exception cref="InputException">Names the settings, and what to change.</exception>
    public void RefuseContradictions()
    {
        if (Trainable.Full && !Trainable.Targets.SequenceEqual(new TrainableSettings().Targets))
            throw new InputException("`full` and `target`: all weights are trained with `full`, so omit `target`");
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

    /// <summary>The settings that a function makes of these, for changes of what a call returned.</summary>
    public TuneSettings Change(Func<TuneSettings, TuneSettings> change) => change(this);
}
