using Litre.Core;

namespace Litre.Planning;

/// <summary>States in one line why a run that does not fit is refused.</summary>
public static class PlanRefusal
{
    /// <summary>The reason for a plan that does not fit in memory or on the disk.</summary>
    public static string Of(Plan plan)
    {
        if (plan.FitsMemory)
            return OfDisk(plan);
        var what =
            plan.MissingBytes > 0
                ? $"{plan.Peak.Name} needs {GiB(plan.PeakBytes)}, {GiB(plan.Machine.BudgetBytes)} "
                    + $"are available here, {GiB(plan.MissingBytes)} are missing"
                : $"the host needs {GiB(plan.HostBytes)}, {GiB(plan.Machine.HostFreeBytes ?? 0)} are free";
        var fits =
            plan.Alternatives.Count == 0
                ? "free memory, or use another machine"
                : $"would fit: {string.Join(", ", plan.Alternatives.Select(a => a.Model == plan.Request.Model ? a.Change : a.Model))}";
        return $"{plan.Request.Model} does not fit into memory: {what}; {fits}";
    }

    /// <summary>The reason for a plan whose files do not fit on the disk.</summary>
    public static string OfDisk(Plan plan)
    {
        var disk = plan.Disk!;
        var remedies = new List<string>();
        if (disk.MissingBytes > 0)
        {
            var keep = plan.Settings.Checkpoints.Keep;
            var least = disk.NeededBytesKeeping(1, keep);
            remedies.Add($"free {Size(disk.MissingBytes)}");
            remedies.Add("choose an `output` on a disk with more space");
            if (keep > 1 && least < disk.NeededBytes)
                remedies.Add($"keep one checkpoint (`keep 1`: {Size(least)})");
            if (!plan.Settings.Trainable.Full)
                remedies.Add("lower `lora-rank` or train fewer parts (`target attention`)");
            return $"{disk.Folder}: the run writes {Size(disk.NeededBytes)} ({disk.Contents}), "
                + $"{Size(disk.FreeBytes ?? 0)} are free{disk.Reclaimable}, {Size(disk.MissingBytes)} are missing; "
                + $"{string.Join(", ", remedies)}";
        }
        return $"{SettingName.Quote("mirror", disk.Mirror)}: the checkpoints need {Size(disk.AllCheckpointBytes)}, "
            + $"{Size(disk.MirrorFreeBytes ?? 0)} are free there; free {Size(disk.MirrorMissingBytes)}, choose "
            + "another disk, or lower `keep`";
    }

    private static string GiB(long bytes) => Units.GiB(bytes, 1);

    private static string Size(long bytes) => Units.MiBOrGiB(bytes);
}
