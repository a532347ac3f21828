namespace Litre.Training.Tuning;

/// <summary>What a run is about to do.</summary>
/// <param name="RunFolder">The folder in which everything is written.</param>
/// <param name="FirstStep">1, or the step after the resumed checkpoint.</param>
/// <param name="TotalSteps">The total steps of the whole run.</param>
/// <param name="Samples">Training samples per epoch; null if the steps do not come from a fixed set.</param>
/// <param name="ValidationSamples">Held-out samples.</param>
/// <param name="Trainable">Trainable parameters by kind of module.</param>
/// <param name="TotalParameters">The total parameters of the model, adapters included.</param>
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
    /// <summary>Whether the run starts with the validation after the step before <see cref="FirstStep"/>.</summary>
    public bool ValidationDue { get; init; }

    /// <summary>Where vision features are kept; null if there are no images, or the vision tower is trained.</summary>
    public FeatureStorage? Features { get; init; }
}

/// <summary>Where a run keeps the vision features of images.</summary>
/// <param name="MemoryBytes">Maximum host memory.</param>
/// <param name="Folder">The folder on the disk; null if nothing is stored there.</param>
/// <param name="DiskBytes">Maximum disk space for the features of all runs.</param>
public sealed record FeatureStorage(long MemoryBytes, string? Folder, long DiskBytes);
