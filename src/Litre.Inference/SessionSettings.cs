using Litre.Data.Tiles;
using Litre.Inference.Features;
using Litre.Kernels;
using Litre.Torch;

namespace Litre.Inference;

/// <summary>The settings of a <see cref="ModelSession"/>. Only the model is required.</summary>
/// <param name="Model">The checkpoint's folder, or a folder of the hub's cache.</param>
public sealed record SessionSettings(string Model)
{
    /// <summary>The folder of a PEFT adapter, or of a run (its best adapter); null for the model alone.</summary>
    public string? Adapter { get; init; }

    /// <summary>Whether the adapter may have been trained on another base.</summary>
    public bool AllowOtherBase { get; init; }

    /// <summary>The device; null for CUDA if it is usable, else the CPU.</summary>
    public Device? Device { get; init; }

    /// <summary>The data type of the weights; null for the checkpoint's own.</summary>
    public DType? DType { get; init; }

    /// <summary>Smaller images are enlarged to this many pixels; null for the checkpoint's own limit.</summary>
    public long? MinimumPixels { get; init; }

    /// <summary>Larger images are downscaled to this many pixels; null for the checkpoint's own limit.</summary>
    public long? MaximumPixels { get; init; }

    /// <summary>How images larger than a tile are cut; if null, <see cref="UsesTrainedTiling"/> decides.</summary>
    public Tiling? Tiling { get; init; }

    /// <summary>
    /// Whether images are cut as in the training of the adapter or the model if <see cref="Tiling"/> is null. If false, they are
    /// downscaled.
    /// </summary>
    public bool UsesTrainedTiling { get; init; } = true;

    /// <summary>Host memory, in bytes, for images with several questions; 0 if each image occurs once.</summary>
    public long FeatureBytes { get; init; }

    /// <summary>The disk for image features of this and later sessions; null for none.</summary>
    public FeatureDiskSettings? Disk { get; init; }

    /// <summary>Which kernels the model may use.</summary>
    public KernelOptions Kernels { get; init; } = KernelOptions.Default;
}
