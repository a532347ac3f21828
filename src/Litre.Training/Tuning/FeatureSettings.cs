using Litre.Inference.Features;

namespace Litre.Training.Tuning;

/// <summary>Where the outputs of a frozen vision tower are kept.</summary>
public sealed record FeatureSettings
{
    /// <summary>Host memory for them; null leaves it to the plan.</summary>
    public double? CacheGiB { get; init; }

    /// <summary>Most bytes that they take on a disk; 0 keeps none there.</summary>
    public long DiskBytes { get; init; } = FeatureDiskSettings.DefaultBytes;

    /// <summary>The folder on that disk; empty for the user's own.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Host memory for them in bytes; without a plan 1 GiB.</summary>
    public long CacheBytes => (long)((CacheGiB ?? 1) * (1L << 30));
}
