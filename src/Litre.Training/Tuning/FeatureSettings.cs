using Litre.Inference.Features;

namespace Litre.Training.Tuning;

/// <summary>Where the features of a frozen vision tower are kept.</summary>
public sealed record FeatureSettings
{
    /// <summary>Host memory for features in GiB; null lets the plan choose.</summary>
    public double? CacheGiB { get; init; }

    /// <summary>Maximum size of features on a disk in bytes; 0 stores none.</summary>
    public long DiskBytes { get; init; } = FeatureDiskSettings.DefaultBytes;

    /// <summary>The folder on the disk; empty for the default.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Host memory for features in bytes; 1 GiB without a plan.</summary>
    public long CacheBytes => (long)((CacheGiB ?? 1) * (1L << 30));
}
