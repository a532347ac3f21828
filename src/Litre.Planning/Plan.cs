using Litre.Training.Steps;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>What a run will take: its memory phase by phase, the settings chosen, its time.</summary>
public sealed record Plan
{
    public required PlanRequest Request { get; init; }

    /// <summary>The recipe with everything chosen.</summary>
    public required TuneSettings Settings { get; init; }

    /// <summary>load, tune, validate, save, evaluate, merge: those that the recipe has.</summary>
    public required IReadOnlyList<PhaseMemory> Phases { get; init; }

    /// <summary>Trainable parameters and all parameters.</summary>
    public required (long Trainable, long All) Parameters { get; init; }

    /// <summary>The steps that the memory was counted for.</summary>
    public required StepOutline Batches { get; init; }

    /// <summary>From a step of median length; null where the machine's rates are not known.</summary>
    public PlanTime? Time { get; init; }

    /// <summary>Bytes of what the vision tower makes of all images of the run; 0 where it is trained, or there are none.</summary>
    public long FeatureBytes { get; init; }

    /// <summary>How much of it is kept on the host.</summary>
    public long KeptFeatureBytes => Math.Min(FeatureBytes, Settings.Features.CacheBytes);

    /// <summary>How much of it goes to the disk, for later epochs, evaluations and runs.</summary>
    public long DiskFeatureBytes => Math.Min(FeatureBytes, Math.Min(Settings.Features.DiskBytes, Request.FeatureSpaceBytes));

    /// <summary>What would fit, where this does not.</summary>
    public IReadOnlyList<PlanAlternative> Alternatives { get; init; } = [];

    /// <summary>Names of machines on which it would fit as it is.</summary>
    public IReadOnlyList<string> OtherMachines { get; init; } = [];

    public PlanMachine Machine => Request.Machine;

    /// <summary>Decoder layers that are recomputed.</summary>
    public int RecomputedLayers => Math.Min(Settings.Engine.Recompute.Recompute.TextLayers, Request.Config.Text.Layers);

    /// <summary>The phase that needs most.</summary>
    public PhaseMemory Peak => Phases.MaxBy(p => p.TotalBytes(Machine.Kernels))!;

    public long PeakBytes => Peak.TotalBytes(Machine.Kernels);

    /// <summary>The most of the phases between the first step and the last.</summary>
    public long TrainingTensorBytes => Training.Max(p => p.TensorBytes);

    /// <summary>These with what stands outside tensors.</summary>
    public long TrainingBytes => Training.Max(p => p.TotalBytes(Machine.Kernels));

    private IEnumerable<PhaseMemory> Training => Phases.Where(p => p.Name is "tune" or "validate" or "save");

    /// <summary>The most that the host needs beside the device.</summary>
    public long HostBytes => Phases.Max(p => p.HostBytes);

    /// <summary>Bytes beyond what the machine has, or 0.</summary>
    public long MissingBytes => Math.Max(0, PeakBytes - Machine.BudgetBytes);

    /// <summary>What the run writes; null where it was not asked.</summary>
    public DiskPlan? Disk { get; init; }

    /// <summary>Whether memory and disk have room for the run.</summary>
    public bool Fits => FitsMemory && Disk is not { Fits: false };

    /// <summary>Why the run cannot be started, and what would fit, in one line; null where it fits.</summary>
    public string? Refusal => Fits ? null : PlanRefusal.Of(this);

    public bool FitsMemory => MissingBytes == 0 && (Machine.HostFreeBytes is not { } host || HostBytes <= host);
}
