using Litre.Training.Steps;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>The plan of a run: its memory by phase, the chosen settings, and its time.</summary>
public sealed record Plan
{
    public required PlanRequest Request { get; init; }

    /// <summary>The recipe with all settings chosen.</summary>
    public required TuneSettings Settings { get; init; }

    /// <summary>load, tune, validate, save, evaluate, merge: those that the recipe has.</summary>
    public required IReadOnlyList<PhaseMemory> Phases { get; init; }

    /// <summary>Trainable parameters and all parameters.</summary>
    public required (long Trainable, long All) Parameters { get; init; }

    /// <summary>The steps for which the memory was counted.</summary>
    public required StepOutline Batches { get; init; }

    /// <summary>The time, estimated from a step of median length; null if the machine's rates are unknown.</summary>
    public PlanTime? Time { get; init; }

    /// <summary>Bytes of the vision features of all images of the run; 0 if it is trained, or there are none.</summary>
    public long FeatureBytes { get; init; }

    /// <summary>How many of these bytes are kept on the host.</summary>
    public long KeptFeatureBytes => Math.Min(FeatureBytes, Settings.Features.CacheBytes);

    /// <summary>How many of these bytes are written to the disk, for later epochs, evaluations and runs.</summary>
    public long DiskFeatureBytes => Math.Min(FeatureBytes, Math.Min(Settings.Features.DiskBytes, Request.FeatureSpaceBytes));

    /// <summary>Settings and models that would fit, if this plan does not.</summary>
    public IReadOnlyList<PlanAlternative> Alternatives { get; init; } = [];

    /// <summary>Names of machines on which this plan would fit.</summary>
    public IReadOnlyList<string> OtherMachines { get; init; } = [];

    public PlanMachine Machine => Request.Machine;

    /// <summary>Decoder layers that are recomputed.</summary>
    public int RecomputedLayers => Math.Min(Settings.Engine.Recompute.Recompute.TextLayers, Request.Config.Text.Layers);

    /// <summary>The phase with the largest memory.</summary>
    public PhaseMemory Peak => Phases.MaxBy(p => p.TotalBytes(Machine.Kernels))!;

    public long PeakBytes => Peak.TotalBytes(Machine.Kernels);

    /// <summary>The maximum over the phases between the first and the last step.</summary>
    public long TrainingTensorBytes => Training.Max(p => p.TensorBytes);

    /// <summary>The same, including memory outside tensors.</summary>
    public long TrainingBytes => Training.Max(p => p.TotalBytes(Machine.Kernels));

    private IEnumerable<PhaseMemory> Training => Phases.Where(p => p.Name is "tune" or "validate" or "save");

    /// <summary>The maximum that the host needs in addition to the device.</summary>
    public long HostBytes => Phases.Max(p => p.HostBytes);

    /// <summary>Bytes missing on the machine, or 0.</summary>
    public long MissingBytes => Math.Max(0, PeakBytes - Machine.BudgetBytes);

    /// <summary>The disk plan; null if it was not requested.</summary>
    public DiskPlan? Disk { get; init; }

    /// <summary>Whether memory and disk have space for the run.</summary>
    public bool Fits => FitsMemory && Disk is not { Fits: false };

    /// <summary>Why the run cannot be started, and what would fit, in one line; null where it fits.</summary>
    public string? Refusal => Fits ? null : PlanRefusal.Of(this);

    public bool FitsMemory => MissingBytes == 0 && (Machine.HostFreeBytes is not { } host || HostBytes <= host);
}
