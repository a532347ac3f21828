using System.Text.Encodings.Web;
using System.Text.Json;
using Litre.Torch;

namespace Litre.Planning;

/// <summary>A plan as machine-readable JSON.</summary>
public static class PlanJson
{
    /// <summary>The file name in a run's folder.</summary>
    public const string FileName = "plan.json";

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DictionaryKeyPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="plan">The plan.</param>
    /// <param name="explained">The largest phase with the origins of its tensors, if that was requested.</param>
    /// <param name="outcome">The measurements of the run, once it is complete.</param>
    /// <param name="words">Renders texts that name settings; null keeps them unchanged, as in a run's folder.</param>
    public static string Text(Plan plan, PhaseMemory? explained = null, PlanActuals? outcome = null, Func<string, string>? words = null)
    {
        words ??= text => text;
        var (settings, batches, machine, kernels) = (plan.Settings, plan.Batches, plan.Machine, plan.Machine.Kernels);
        return JsonSerializer.Serialize(
            new
            {
                plan.Request.Model,
                plan.Fits,
                plan.PeakBytes,
                PeakPhase = plan.Peak.Name,
                plan.MissingBytes,
                plan.HostBytes,
                Machine = new
                {
                    machine.Name,
                    machine.TotalBytes,
                    machine.FreeBytes,
                    machine.ReserveBytes,
                    machine.IsShared,
                    machine.HostFreeBytes,
                },
                Disk = plan.Disk is not { } disk
                    ? null
                    : new
                    {
                        disk.Folder,
                        disk.Fits,
                        disk.NeededBytes,
                        disk.FreeBytes,
                        disk.MissingBytes,
                        disk.ReclaimableBytes,
                        disk.CheckpointBytes,
                        disk.Checkpoints,
                        ThereBytes = disk.ExistingBytes,
                        disk.BestBytes,
                        disk.ReportBytes,
                        disk.Mirror,
                        disk.MirrorFreeBytes,
                        disk.MirrorMissingBytes,
                        disk.MergedBytes,
                    },
                Features = new
                {
                    AllBytes = plan.FeatureBytes,
                    KeptBytes = plan.KeptFeatureBytes,
                    DiskBytes = plan.DiskFeatureBytes,
                },
                Parameters = new { plan.Parameters.Trainable, plan.Parameters.All },
                Settings = new
                {
                    Dtype = settings.Engine.DType.Name(),
                    settings.Batches.MicroBatchTokens,
                    settings.Batches.GradientAccumulation,
                    plan.RecomputedLayers,
                    plan.Request.Config.Text.Layers,
                    FeatureCacheBytes = settings.Features.CacheBytes,
                },
                Data = new
                {
                    TrainingSamples = plan.Request.Data.Train.Count - batches.LeftOut,
                    batches.LeftOut,
                    Validation = plan.Request.Data.Validation.Count,
                    Test = plan.Request.Data.Test.Count,
                    batches.TokensPerEpoch,
                    batches.StepsPerEpoch,
                    batches.TotalSteps,
                },
                Warnings = RunWarnings.Of(plan).Lines().Select(words),
                Phases = plan.Phases.Select(p => new
                {
                    p.Name,
                    TotalBytes = p.TotalBytes(kernels),
                    p.TensorBytes,
                    OutsideBytes = p.OutsideBytes(kernels),
                    p.HostBytes,
                    Parts = p.Parts.OrderBy(part => part.Key).ToDictionary(part => part.Key.ToString(), part => part.Value),
                }),
                Time = plan.Time is not { } time
                    ? null
                    : new
                    {
                        StepSeconds = time.First.Seconds,
                        time.LaterStepSeconds,
                        time.FirstEpochSeconds,
                        time.LaterEpochSeconds,
                        time.TrainingSeconds,
                        Bound = time.First.Bound.ToString().ToLowerInvariant(),
                        time.First.ArithmeticSeconds,
                        time.First.TrafficSeconds,
                        time.First.OperatorSeconds,
                        PictureSeconds = time.First.ImageSeconds,
                        time.First.Flops,
                        RatesMeasured = machine.Rates!.IsMeasured,
                    },
                Measured = outcome is null
                    ? null
                    : new
                    {
                        outcome.TensorBytes,
                        outcome.UsedBytes,
                        outcome.StepSeconds,
                    },
                Alternatives = plan.Alternatives.Select(a => a with { Change = words(a.Change) }),
                plan.OtherMachines,
                Tensors = explained is null
                    ? null
                    : PlanTensors
                        .Group(explained)
                        .Select(t => new
                        {
                            t.Bytes,
                            t.Count,
                            t.Shape,
                            Dtype = t.DType,
                            Use = t.Use.ToString().ToLowerInvariant(),
                            t.Origin,
                        }),
            },
            Options
        );
    }
}
