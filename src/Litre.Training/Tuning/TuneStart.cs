namespace Litre.Training.Tuning;

/// <summary>What a run is about to do.</summary>
/// <param name="RunFolder">Where everything is written.</param>
/// <param name="FirstStep">1, or the step after the checkpoint that is resumed.</param>
/// <param name="TotalSteps">Of the whole run.</param>
/// <param name="Samples">Training samples of an epoch; null where the steps are not made of a fixed set.</param>
/// <param name="ValidationSamples">Held-out samples.</param>
/// <param name="Trainable">Trainable parameters by kind of module.</param>
/// <param name="TotalParameters">Of the model, adapters included.</param>
public sealed record TuneStart(
    string RunFolder,
    int FirstStep,
    int TotalSteps,
    int? Samples,
    int ValidationSamples,
    IReadOnlyList<TrainableModules> Trainable,
    long TotalParameters
)
{
    /// <summary>Whether the first thing done is the validation after the step before <see cref="FirstStep"/>.</summary>
    public bool ValidationDue { get; init; }

    /// <summary>Where the frozen vision tower's outputs are kept; null where there are no images, or the tower is trained.</summary>
    public FeatureStorage? Features { get; init; }
}

/// <summary>Where a run keeps what the frozen vision tower makes of images.</summary>
/// <param name="MemoryBytes">Most of the host's memory.</param>
/// <param name="Folder">On the disk; null where nothing is kept there.</param>
/// <param name="DiskBytes">Most of the disk, whatever run it comes from.</param>
public sealed record FeatureStorage(long MemoryBytes, string? Folder, long DiskBytes);
