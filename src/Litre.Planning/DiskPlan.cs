using System.Globalization;
using Litre.Core;
using Litre.Core.Files;
using Litre.Inference.Features;
using Litre.Model.Weights;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>What a run writes to the disk and the space for it. All sizes are in bytes.</summary>
public sealed record DiskPlan
{
    // Metrics, log and TensorBoard per step; the report with its images, and the answers.
    private const long StepBytes = 2 << 10;
    private const long PageBytes = 16L << 20;

    /// <summary>The run's folder, or the place where it would be created.</summary>
    public required string Folder { get; init; }

    /// <summary>Size of one checkpoint, computed from the model's shapes.</summary>
    public required long CheckpointBytes { get; init; }

    /// <summary>The maximum number of checkpoints that exist at the same time, including the one being written.</summary>
    public required int Checkpoints { get; init; }

    /// <summary>Size of the copies in <c>best/</c>; 0 if hard links are possible.</summary>
    public long BestBytes { get; init; }

    /// <summary>Metrics, log, answers and the report.</summary>
    public long ReportBytes { get; init; }

    /// <summary>Checkpoints of this run that are already there.</summary>
    public long ExistingBytes { get; init; }

    /// <summary>Free space at <see cref="Folder"/>; null for another machine.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>Stored image features on the same disk, which can be deleted when space is needed.</summary>
    public long ReclaimableBytes { get; init; }

    /// <summary>The mirror's folder; null without one.</summary>
    public string? Mirror { get; init; }

    /// <summary>Free space at the mirror; null without one, or if it is on the run's own disk.</summary>
    public long? MirrorFreeBytes { get; init; }

    /// <summary>Size of a later export to <c>merged</c>; 0 if all weights are trained.</summary>
    public long MergedBytes { get; init; }

    /// <summary>Total size of the checkpoints that exist at the same time.</summary>
    public long AllCheckpointBytes => Checkpoints * CheckpointBytes;

    /// <summary>What the run will still write at <see cref="Folder"/>, including a mirror on the same disk.</summary>
    public long NeededBytes =>
        Math.Max(CheckpointBytes, AllCheckpointBytes - ExistingBytes)
        + BestBytes
        + ReportBytes
        + (Mirror is not null && MirrorFreeBytes is null ? AllCheckpointBytes : 0);

    /// <summary>Bytes that are missing at <see cref="Folder"/>, or 0.</summary>
    public long MissingBytes => FreeBytes is { } free ? Math.Max(0, NeededBytes - free - ReclaimableBytes) : 0;

    /// <summary>Bytes that are missing at the mirror, or 0.</summary>
    public long MirrorMissingBytes => MirrorFreeBytes is { } free ? Math.Max(0, AllCheckpointBytes - free) : 0;

    /// <summary>Whether the run's files fit on the disks.</summary>
    public bool Fits => MissingBytes == 0 && MirrorMissingBytes == 0;

    /// <summary>The parts of <see cref="NeededBytes"/> as text.</summary>
    public string Contents
    {
        get
        {
            var there = ExistingBytes > 0 ? $", of which {Units.MiBOrGiB(ExistingBytes)} already exist" : "";
            var best = BestBytes > 0 ? $", a copy of {Units.MiBOrGiB(BestBytes)} in best/" : "";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{Units.Count(Checkpoints, "checkpoint")} of "
                    + $"{Units.MiBOrGiB(CheckpointBytes)} at once{there}{best}, {Units.MiBOrGiB(ReportBytes)} for report and logs"
            );
        }
    }

    /// <summary>The space at <see cref="Folder"/> that can be freed, as text that follows the free space; empty if there is none.</summary>
    public string Reclaimable =>
        ReclaimableBytes > 0 ? $", plus {Units.MiBOrGiB(ReclaimableBytes)} of cached image features that can be removed" : "";

    /// <summary>Computes the disk plan of a memory plan.</summary>
    /// <param name="model">The model to train.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="isLocal">Whether the plan is for this machine, whose free space is known.</param>
    /// <exception cref="InputException">The recipe does not fit the model.</exception>
    public static DiskPlan Of(PlanModel model, Plan plan, bool isLocal)
    {
        var settings = plan.Settings;
        var space = RunSpace.Of(model, settings);
        var folder = Path.GetFullPath(settings.Output.Length > 0 ? settings.Output : "runs");
        var mirror = settings.Checkpoints.Mirror.Length > 0 ? Path.GetFullPath(settings.Checkpoints.Mirror) : null;
        return new DiskPlan
        {
            Folder = folder,
            CheckpointBytes = space.CheckpointBytes,
            Checkpoints = (int)Math.Min(space.Checkpoints, Saves(plan)),
            BestBytes = DiskSpace.HasHardLinks(folder) ? 0 : space.WeightFileBytes,
            ReportBytes = PageBytes + plan.Batches.TotalSteps * StepBytes,
            ExistingBytes = isLocal ? MeasureExisting(folder) : 0,
            FreeBytes = isLocal ? DiskSpace.FreeBytes(folder) : null,
            ReclaimableBytes = isLocal ? MeasureReclaimable(settings.Features, folder) : 0,
            Mirror = mirror,
            MirrorFreeBytes = isLocal && mirror is not null && !DiskSpace.AreOne(mirror, folder) ? DiskSpace.FreeBytes(mirror) : null,
            MergedBytes = settings.Trainable.Full ? 0 : CheckpointCopy.Bytes(model.Shape.Tensors.Values, model.Folder),
        };
    }

    /// <summary>The space that the run would still need if it kept fewer checkpoints.</summary>
    public long NeededBytesKeeping(int keep, int before) =>
        (this with { Checkpoints = Math.Max(1, Math.Min(Checkpoints, Checkpoints - before + keep)) }).NeededBytes;

    // The maximum number of checkpoints that the run writes: those that are due, and one for each validation that may be the best.
    private static long Saves(Plan plan)
    {
        var (settings, steps, epoch) = (plan.Settings, (long)plan.Batches.TotalSteps, (long)Math.Max(1, plan.Batches.StepsPerEpoch));
        var due = Times(settings.Checkpoints.SaveSteps);
        var validations =
            plan.Request.Data.Validation.Count == 0 || settings.Validation.Steps == settings.Checkpoints.SaveSteps
                ? 0
                : Times(settings.Validation.Steps);
        return Math.Max(1, due + validations);

        long Times(int every) => every > 0 ? (steps + every - 1) / every : (steps + epoch - 1) / epoch;
    }

    private static long MeasureExisting(string folder) =>
        !Directory.Exists(folder)
            ? 0
            : Directory
                .EnumerateDirectories(folder, "checkpoint-*")
                .Sum(checkpoint => new DirectoryInfo(checkpoint).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length));

    private static long MeasureReclaimable(FeatureSettings settings, string folder) =>
        FeatureDiskSettings.Of(settings.Folder, settings.DiskBytes) is { } place && DiskSpace.AreOne(place.Folder, folder)
            ? place.UsedBytes()
            : 0;
}
