using System.Globalization;
using Litre.Planning;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>The part of a plan about the disk.</summary>
internal static class DiskReport
{
    /// <summary>Writes one line about the needed and free space, and one about what does not fit.</summary>
    public static void Write(IAnsiConsole console, Plan plan)
    {
        if (plan.Disk is not { } disk)
            return;
        var free = disk.FreeBytes is { } bytes ? $"; {Size(bytes)} free at {disk.Folder}{Reclaimable(disk)}" : "";
        var mirror = disk.Mirror is { } folder
            ? $", the same again for the mirror at {folder}{(disk.MirrorFreeBytes is { } there ? $" ({Size(there)} free)" : "")}"
            : "";
        console.MarkupLineInterpolated($"Disk: {Size(disk.NeededBytes)} for the run ({What(disk)}){mirror}{free}.");
        var features = plan.DiskFeatureBytes > 0 ? $" In addition, image features use {Size(plan.DiskFeatureBytes)} if space allows." : "";
        var merged =
            disk.MergedBytes > 0
                ? $" A merged export needs {Size(disk.MergedBytes)} "
                    + $"more{(TooLittleForMerged(disk) ? ", for which there is not enough space here" : "")}."
                : "";
        if (features.Length + merged.Length > 0)
            console.MarkupLineInterpolated($"{(features + merged).TrimStart()}");
        if (!disk.Fits)
            console.MarkupLineInterpolated($"[red]Does not fit on the disk:[/] {Refusal(plan)}");
    }

    /// <summary>Returns, in one line, why a run whose files do not fit is refused.</summary>
    public static string Refusal(Plan plan)
    {
        var disk = plan.Disk!;
        var remedies = new List<string>();
        if (disk.MissingBytes > 0)
        {
            var keep = plan.Settings.Checkpoints.Keep;
            var least = disk.NeededBytesKeeping(1, keep);
            remedies.Add($"free {Size(disk.MissingBytes)}");
            remedies.Add("choose an --output on a disk with more space");
            if (keep > 1 && least < disk.NeededBytes)
                remedies.Add($"keep one checkpoint (--keep 1: {Size(least)})");
            if (!plan.Settings.Trainable.Full)
                remedies.Add("lower --lora-rank or train fewer parts (--target attention)");
            return $"{disk.Folder}: the run writes {Size(disk.NeededBytes)} ({What(disk)}), "
                + $"{Size(disk.FreeBytes ?? 0)} are free{Reclaimable(disk)}, {Size(disk.MissingBytes)} are missing; "
                + $"{string.Join(", ", remedies)}";
        }
        return $"--mirror {disk.Mirror}: the checkpoints need {Size(disk.AllCheckpointBytes)}, "
            + $"{Size(disk.MirrorFreeBytes ?? 0)} are free there; free {Size(disk.MirrorMissingBytes)}, choose "
            + "another disk, or lower --keep";
    }

    private static string What(DiskPlan disk)
    {
        var there = disk.ExistingBytes > 0 ? $", of which {Size(disk.ExistingBytes)} already exist" : "";
        var best = disk.BestBytes > 0 ? $", a copy of {Size(disk.BestBytes)} in best/" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{CountText.Of(disk.Checkpoints, "checkpoint")} of "
                + $"{Size(disk.CheckpointBytes)} at once{there}{best}, {Size(disk.ReportBytes)} for report and logs"
        );
    }

    private static string Reclaimable(DiskPlan disk) =>
        disk.ReclaimableBytes > 0 ? $", plus {Size(disk.ReclaimableBytes)} of cached image features that can be removed" : "";

    private static bool TooLittleForMerged(DiskPlan disk) =>
        disk.FreeBytes is { } free && disk.NeededBytes + disk.MergedBytes > free + disk.ReclaimableBytes;

    // In GiB, small runs would show zeros only.
    private static string Size(long bytes) =>
        bytes < 100L << 20 ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB") : Terminal.GiB(bytes);
}
