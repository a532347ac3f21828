using System.Globalization;
using Litre.Core;
using Litre.Core.Files;
using Litre.Inference.Features;
using Litre.Model.Weights;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>What a run writes, and the room for it. All in bytes.</summary>
public sealed record DiskPlan
{
    // Metrics, log and TensorBoard of a step; the report's page with its images, and the answers.
    private const long StepBytes = 2 << 10;
    private const long PageBytes = 16L << 20;

    /// <summary>The run's folder, or where it would be made.</summary>
    public required string Folder { get; init; }

    /// <summary>One checkpoint, counted on the model's shapes.</summary>
    public required long CheckpointBytes { get; init; }

    /// <summary>The most that stand at once, with the one that is being written.</summary>
    public required int Checkpoints { get; init; }

    /// <summary>Copies that <c>best/</c> takes; 0 where a file may have a second name instead.</summary>
    public long BestBytes { get; init; }

    /// <summary>Metrics, log, answers and the report.</summary>
    public long ReportBytes { get; init; }

    /// <summary>Checkpoints of this run that are there already.</summary>
    public long ExistingBytes { get; init; }

    /// <summary>What is free at <see cref="Folder"/>; null for another machine.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>Kept image features on the same disk, which make room where it is needed.</summary>
    public long ReclaimableBytes { get; init; }

    /// <summary>The mirror's folder; null without one.</summary>
    public string? Mirror { get; init; }

    /// <summary>What is free there; null without one, or where it is the run's own disk.</summary>
    public long? MirrorFreeBytes { get; init; }

    /// <summary>What a later export to <c>merged</c> writes; 0 where all weights are trained.</summary>
    public long MergedBytes { get; init; }

    /// <summary>All checkpoints that stand at once.</summary>
    public long AllCheckpointBytes => Checkpoints * CheckpointBytes;

    /// <summary>What the run still writes at <see cref="Folder"/>; a mirror on the same disk is counted too.</summary>
    public long NeededBytes =>
        Math.Max(CheckpointBytes, AllCheckpointBytes - ExistingBytes)
        + BestBytes
        + ReportBytes
        + (Mirror is not null && MirrorFreeBytes is null ? AllCheckpointBytes : 0);

    /// <summary>Bytes that are missing at <see cref="Folder"/>, or 0.</summary>
    public long MissingBytes => FreeBytes is { } free ? Math.Max(0, NeededBytes - free - ReclaimableBytes) : 0;

    /// <summary>Bytes that are missing at the mirror, or 0.</summary>
    public long MirrorMissingBytes => MirrorFreeBytes is { } free ? Math.Max(0, AllCheckpointBytes - free) : 0;

    /// <summary>Whether the run's files have room.</summary>
    public bool Fits => MissingBytes == 0 && MirrorMissingBytes == 0;

    /// <summary>What <see cref="NeededBytes"/> is made of, in words.</summary>
    public string Contents
    {
        get
        {
            var there = ExistingBytes > 0 ? $", {Units.MiBOrGiB(ExistingBytes)} of them there already" : "";
            var best = BestBytes > 0 ? $", a copy of {Units.MiBOrGiB(BestBytes)} in best/" : "";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{Checkpoints} {(Checkpoints == 1 ? "checkpoint" : "checkpoints")} of "
                    + $"{Units.MiBOrGiB(CheckpointBytes)} at once{there}{best}, {Units.MiBOrGiB(ReportBytes)} for report and logs"
            );
        }
    }

    /// <summary>What makes room at <see cref="Folder"/>, to be put after what is free; empty for nothing.</summary>
    public string Reclaimable => ReclaimableBytes > 0 ? $", and {Units.MiBOrGiB(ReclaimableBytes)} of kept image features make room" : "";

    /// <summary>Of a plan whose memory is settled.</summary>
    /// <param name="model">What is trained.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="isLocal">Whether it is for this machine, whose disk can be asked.</param>
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

    /// <summary>What the run would still need with fewer checkpoints kept.</summary>
    public long NeededBytesKeeping(int keep, int before) =>
        (this with { Checkpoints = Math.Max(1, Math.Min(Checkpoints, Checkpoints - before + keep)) }).NeededBytes;

    // Checkpoints that the run writes, at most: those that are due, and one for each validation that may be the best.
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
