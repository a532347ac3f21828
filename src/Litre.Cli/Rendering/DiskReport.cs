using Litre.Core;
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
        var free = disk.FreeBytes is { } bytes ? $"; {Size(bytes)} are free at {disk.Folder}{disk.Reclaimable}" : "";
        var mirror = disk.Mirror is { } folder
            ? $", the same for the mirror at {folder}{(disk.MirrorFreeBytes is { } there ? $" ({Size(there)} free)" : "")}"
            : "";
        console.MarkupLineInterpolated($"Disk: {Size(disk.NeededBytes)} for the run ({disk.Contents}){mirror}{free}.");
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
            console.MarkupLineInterpolated($"[red]Does not fit on the disk:[/] {OptionText.Render(PlanRefusal.OfDisk(plan))}");
    }

    private static bool TooLittleForMerged(DiskPlan disk) =>
        disk.FreeBytes is { } free && disk.NeededBytes + disk.MergedBytes > free + disk.ReclaimableBytes;

    private static string Size(long bytes) => Units.MiBOrGiB(bytes);
}
