using Litre.Machine.Governing;
using Litre.Torch;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>Options of a <see cref="TuneJob"/> that are not part of its recipe.</summary>
public sealed record TuneJobOptions
{
    /// <summary>Whether to resume the run in the output folder from its newest intact checkpoint.</summary>
    public bool Resume { get; init; }

    /// <summary>Whether the adapter or the resumed run may have been trained on another base.</summary>
    public bool OtherBase { get; init; }

    /// <summary>Whether the audit log of this machine records the run.</summary>
    public AuditUse Audit { get; init; }

    /// <summary>
    /// Starts the governor process of a run whose recipe requests one, and returns the trainer's end of the channel, or null if it cannot
    /// be started. Called with the recipe, the device and a log. If this is null, the run is not governed.
    /// </summary>
    public Func<TuneSettings, Device, Action<string>, GovernorLink?>? StartGovernor { get; init; }
}
