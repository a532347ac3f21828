using Litre.Machine.Governing;
using Litre.Torch;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>How a <see cref="TuneJob"/> is started, beyond what its recipe holds.</summary>
public sealed record TuneJobOptions
{
    /// <summary>Whether the run in the output folder is resumed from its newest sound checkpoint.</summary>
    public bool Resume { get; init; }

    /// <summary>Whether the adapter or the resumed run may have been trained on another base.</summary>
    public bool OtherBase { get; init; }

    /// <summary>
    /// Starts the governor's process for a run whose recipe asks for one, and returns the trainer's end of the channel; null where it
    /// cannot be started. It gets the recipe, the device, and a log of one line at a time. Without it the run is not governed.
    /// </summary>
    public Func<TuneSettings, Device, Action<string>, GovernorLink?>? StartGovernor { get; init; }
}
