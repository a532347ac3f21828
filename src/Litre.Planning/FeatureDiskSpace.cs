using Litre.Core;
using Litre.Inference.Features;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>Room on this machine's disk for what the frozen vision tower makes of images.</summary>
public static class FeatureDiskSpace
{
    /// <summary>Bytes that a run may write now, beside its own checkpoints; older images make room and count.</summary>
    /// <exception cref="InputException">The folder cannot be used, or the recipe does not fit the model.</exception>
    public static long Bytes(PlanModel model, TuneSettings settings) =>
        FeatureDiskSettings.Of(settings.Features.Folder, settings.Features.DiskBytes) is { } place
            ? place.Reserving(settings.Output.Length > 0 ? settings.Output : ".", RunSpace.Of(model, settings).TotalBytes).RoomBytes()
            : 0;
}
