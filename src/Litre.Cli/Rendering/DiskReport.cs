using System.Globalization;
using Litre.Planning;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>What a plan says of the disk.</summary>
internal static class DiskReport
{
    /// <summary>One line for what is written and what is free, and one for what does not fit.</summary>
    public static void Write(IAnsiConsole console, Plan plan)
    {
        if (plan.Disk is not { } disk)
            return;
        var free = disk.FreeBytes is { } bytes ? $"; {Size(bytes)} are free at {disk.Folder}{Reclaimable(disk)}" : "";
        var mirror = disk.Mirror is { } folder
            ? $", the same for the mirror at {folder}{(disk.MirrorFreeBytes is { } there ? $" ({Size(there)} free)" : "")}"
            : "";
        console.MarkupLineInterpolated($"Disk: {Size(disk.NeededBytes)} for the run ({What(disk)}){mirror}{free}.");
        var features =
            plan.DiskFeatureBytes > 0 ? $" Image features take {Size(plan.DiskFeatureBytes)} beside it, where there is room." : "";
        var merged =
            disk.MergedBytes > 0
                ? $" A merged export takes {Size(disk.MergedBytes)} "
                    + $"more{(TooLittleForMerged(disk) ? ", for which there is no room here" : "")}."
                : "";
        if (features.Length + merged.Length > 0)
            console.MarkupLineInterpolated($"{(features + merged).TrimStart()}");
        if (!disk.Fits)
            console.MarkupLineInterpolated($"[red]Does not fit on the disk:[/] {Refusal(plan)}");
    }

    /// <summary>Why a run whose files do not fit is not started, in one line.</summary>
    public static string Refusal(Plan plan)
    {
        var disk = plan.Disk!;
        var remedies = new List<string>();
        if (disk.MissingBytes > 0)
        {
            var keep = plan.Settings.Checkpoints.Keep;
            var least = disk.NeededBytesKeeping(1, keep);
            remedies.Add($"free {Size(disk.MissingBytes)}");
            remedies.Add("choose an --output on a disk with more room");
            if (keep > 1 && least < disk.NeededBytes)
                remedies.Add($"keep one checkpoint (--keep 1: {Size(least)})");
            if (!plan.Settings.Trainable.Full)
                remedies.Add("lower --lora-rank or train fewer parts (--target attention)");
            return $"{disk.Folder}: the run writes {Size(disk.NeededBytes)} ({What(disk)}), "
                + $"{Size(disk.FreeBytes ?? 0)} are free{Reclaimable(disk)}, {Size(disk.MissingBytes)} are missing; "
                + $"{string.Join(", ", remedies)}";
        }
        return $"--mirror {disk.Mirror}: the checkpoints take {Size(disk.AllCheckpointBytes)}, "
            + $"{Size(disk.MirrorFreeBytes ?? 0)} are free there; free {Size(disk.MirrorMissingBytes)}, choose "
            + "another disk, or lower --keep";
    }

    private static string What(DiskPlan disk)
    {
        var there = disk.ExistingBytes > 0 ? $", {Size(disk.ExistingBytes)} of them there already" : "";
        var best = disk.BestBytes > 0 ? $", a copy of {Size(disk.BestBytes)} in best/" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{disk.Checkpoints} {(disk.Checkpoints == 1 ? "checkpoint" : "checkpoints")} of "
                + $"{Size(disk.CheckpointBytes)} at once{there}{best}, {Size(disk.ReportBytes)} for report and logs"
        );
    }

    private static string Reclaimable(DiskPlan disk) =>
        disk.ReclaimableBytes > 0 ? $", and {Size(disk.ReclaimableBytes)} of kept image features make room" : "";

    private static bool TooLittleForMerged(DiskPlan disk) =>
        disk.FreeBytes is { } free && disk.NeededBytes + disk.MergedBytes > free + disk.ReclaimableBytes;

    // Small runs would be zeros all over.
    private static string Size(long bytes) =>
        bytes < 100L << 20 ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB") : Terminal.GiB(bytes);
}
