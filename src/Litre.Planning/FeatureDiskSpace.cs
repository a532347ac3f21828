using Litre.Core;
using Litre.Inference.Features;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>Space on this machine's disk for the vision features of images.</summary>
public static class FeatureDiskSpace
{
    /// <summary>
    /// Bytes of features that a run may write now, in addition to its own checkpoints, including the space of older features that can
    /// be deleted.
    /// </summary>
    /// <exception cref="InputException">The folder cannot be used, or the recipe does not fit the model.</exception>
    public static long Bytes(PlanModel model, TuneSettings settings) =>
        FeatureDiskSettings.Of(settings.Features.Folder, settings.Features.DiskBytes) is { } place
            ? place.Reserving(settings.Output.Length > 0 ? settings.Output : ".", RunSpace.Of(model, settings).TotalBytes).RoomBytes()
            : 0;
}
