using System.Globalization;
using Litre.Core.Files;

namespace Litre.Machine.Doctor;

/// <summary>Disk space for checkpoints, and the read rate of weights.</summary>
public static class DiskCheck
{
    private const double GiB = 1L << 30;
    private const double SlowBytesPerSecond = 500e6;
    private const long MinToMeasure = 1L << 30; // free space that writing a file for the measurement requires

    /// <param name="folder">The folder in which a run would write; it need not exist yet.</param>
    /// <param name="space">The disk space for its checkpoints.</param>
    /// <param name="isAsked">Whether the user named that run; otherwise it is a typical one.</param>
    /// <param name="weights">A large file of the model, to be read; null to write one into the folder.</param>
    public static IReadOnlyList<Finding> Check(string folder, CheckpointSpace space, bool isAsked, string? weights)
    {
        var there = Path.GetFullPath(folder);
        if (File.Exists(there))
            return [Unusable($"{there} is a file, a folder was expected")];
        while (!Directory.Exists(there) && Path.GetDirectoryName(there) is { } parent)
            there = parent;
        try
        {
            var free = DiskSpace.FreeBytes(there);
            var probe = new FileStream(
                Path.Combine(there, $".litre-doctor-{Guid.NewGuid():N}.tmp"),
                FileMode.CreateNew,
                FileAccess.Write,
                FileShare.None,
                0,
                FileOptions.DeleteOnClose
            );
            probe.Dispose();
            return [SpaceFinding(there, free, space, isAsked), ReadRateFinding(there, free, space, weights)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [Unusable($"{there} cannot be used: {e.Message}")];
        }
    }

    private static Finding Unusable(string evidence) =>
        new(FindingGroup.Disk, "folder", FindingLevel.Problem, evidence, "correct it, or choose another folder with `output`");

    private static Finding SpaceFinding(string folder, long free, CheckpointSpace space, bool isAsked)
    {
        var seen = string.Create(
            CultureInfo.InvariantCulture,
            $"{free / GiB:0.0} GiB at {folder}; checkpoints of {space.Run} need {space.TotalBytes / GiB:0.0} GiB "
                + $"({space.Checkpoints} of {space.CheckpointBytes / GiB:0.0})"
        );
        if (DiskSpace.IsMemory(folder))
            return new Finding(
                FindingGroup.Disk,
                "free",
                FindingLevel.Note,
                $"{seen}; this is memory, not a disk",
                "choose an `output` on a disk: checkpoints here are lost at a restart and use memory that the run needs"
            );
        if (free >= space.TotalBytes)
            return new Finding(FindingGroup.Disk, "free", FindingLevel.Ok, seen);
        var missing = string.Create(
            CultureInfo.InvariantCulture,
            $"free {(space.TotalBytes - free) / GiB:0.0} GiB more, choose an `output` with more space, lower "
                + $"`lora-rank`, or train fewer parts (`target attention`)"
        );
        return new Finding(FindingGroup.Disk, "free", isAsked ? FindingLevel.Problem : FindingLevel.Note, seen, missing);
    }

    private static Finding ReadRateFinding(string folder, long free, CheckpointSpace space, string? weights)
    {
        try
        {
            if (weights is null && free < MinToMeasure)
                return new Finding(
                    FindingGroup.Disk,
                    "read rate",
                    FindingLevel.Note,
                    "not measured: less than 1 GiB is free",
                    "free some space"
                );
            var rate = weights is null ? ReadRate.OfFolder(folder) : ReadRate.OfFile(weights);
            var seconds = space.WeightBytes / rate.BytesPerSecond;
            var seen = string.Create(
                CultureInfo.InvariantCulture,
                $"{rate.BytesPerSecond / 1e9:0.00} GB/s, measured past the page cache on {rate.Bytes >> 20} MiB of "
                    + $"{(weights is null ? "a new file" : Path.GetFileName(weights))}; {space.WeightBytes / GiB:0.0} "
                    + $"GiB of weights load in {seconds:0} s"
            );
            if (rate.WrittenBytesPerSecond is { } written)
                seen += string.Create(CultureInfo.InvariantCulture, $"; written at {written / 1e9:0.00} GB/s");
            if (!rate.IsDirect)
                seen += "; this file system does not support direct reads, so the page cache may have raised the rate";
            return rate.BytesPerSecond >= SlowBytesPerSecond
                ? new Finding(FindingGroup.Disk, "read rate", FindingLevel.Ok, seen)
                : new Finding(
                    FindingGroup.Disk,
                    "read rate",
                    FindingLevel.Note,
                    seen,
                    "keep checkpoints and data on a local NVMe disk: loading waits for a disk this slow"
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Finding(
                FindingGroup.Disk,
                "read rate",
                FindingLevel.Problem,
                $"not measured: {e.Message}",
                "check the disk: a run would fail in the same way"
            );
        }
    }
}
