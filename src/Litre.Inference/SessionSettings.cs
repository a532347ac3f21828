using Litre.Data.Tiles;
using Litre.Inference.Features;
using Litre.Kernels;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>What a <see cref="ModelSession"/> is opened with. The model alone is required.</summary>
/// <param name="Model">The checkpoint's folder, or a folder of the hub's cache.</param>
public sealed record SessionSettings(string Model)
{
    /// <summary>A PEFT adapter's folder, or a run's, whose best adapter is meant; null for the model alone.</summary>
    public string? Adapter { get; init; }

    /// <summary>Whether the adapter may have been trained on another base.</summary>
    public bool AllowOtherBase { get; init; }

    /// <summary>Where to compute; null for CUDA where it is usable, else the CPU.</summary>
    public Device? Device { get; init; }

    /// <summary>Type of the weights; null for the checkpoint's own.</summary>
    public DType? DType { get; init; }

    /// <summary>Smaller images are enlarged to this many pixels; null for the checkpoint's own limit.</summary>
    public long? MinimumPixels { get; init; }

    /// <summary>Larger images are shrunk to this many pixels; null for the checkpoint's own limit.</summary>
    public long? MaximumPixels { get; init; }

    /// <summary>How images larger than a tile are cut; null as the adapter or the model was trained, or not at all
    /// (<see cref="UsesTrainedTiling"/>).</summary>
    public Tiling? Tiling { get; init; }

    /// <summary>Whether images are cut as the adapter or the model was trained where <see cref="Tiling"/> is null; else they are
    /// shrunk.</summary>
    public bool UsesTrainedTiling { get; init; } = true;

    /// <summary>Host memory for images that are asked about again; 0 where each comes once.</summary>
    public long FeatureBytes { get; init; }

    /// <summary>Where images are kept for other sessions; null for nowhere.</summary>
    public FeatureDiskSettings? Disk { get; init; }

    /// <summary>Which kernels the model may use.</summary>
    public KernelOptions Kernels { get; init; } = KernelOptions.Default;
}
