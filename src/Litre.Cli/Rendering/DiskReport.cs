using Litre.Core;
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
        var free = disk.FreeBytes is { } bytes ? $"; {Size(bytes)} free at {disk.Folder}{disk.Reclaimable}" : "";
        var mirror = disk.Mirror is { } folder
            ? $", the same again for the mirror at {folder}{(disk.MirrorFreeBytes is { } there ? $" ({Size(there)} free)" : "")}"
            : "";
        console.MarkupLineInterpolated($"Disk: {Size(disk.NeededBytes)} for the run ({disk.Contents}){mirror}{free}.");
        var features = plan.DiskFeatureBytes > 0 ? $" In addition, image features use {Size(plan.DiskFeatureBytes)} if space allows." : "";
        var merged =
            disk.MergedBytes > 0
                ? $" A merged export needs {Size(disk.MergedBytes)} "
                    + $"more{(TooLittleForMerged(disk) ? ", for which there is not enough space here" : "")}."
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
