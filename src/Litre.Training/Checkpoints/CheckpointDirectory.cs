using System.Globalization;
using Litre.Core;
using Litre.Core.Files;

namespace Litre.Training.Checkpoints;

/// <summary>
/// Writes folders into one place so that each appears complete or not at all. A folder is filled under a temporary name, flushed,
/// listed, read back from the disk, and only then gets its final name; an existing folder with that name is exchanged with it.
/// </summary>
/// <param name="Folder">The place: a run's folder or its mirror.</param>
/// <param name="Disk">How it is written.</param>
internal sealed record CheckpointDirectory(string Folder, DurableFileSystem Disk)
{
    private const string Prefix = "checkpoint-";
    private const string TemporaryPrefix = ".tmp-";
    private const string ReplacedPrefix = ".old-";

    public string PathOf(string name) => Path.Combine(Folder, name);

    public static string NameOf(int step) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step}");

    /// <summary>Writes a folder of files as <paramref name="name"/> and returns its path.</summary>
    /// <param name="name">Its name here.</param>
    /// <param name="neededBytes">The free space required before anything is written.</param>
    /// <param name="fill">Writes the files into the given folder.</param>
    /// <param name="list">
    /// Creates the list of the filled folder; for a copy it returns the original's list, so that any other content is rejected.
    /// </param>
    /// <exception cref="InputException">The disk is full, returns other data than was written, or the folder is not writable.</exception>
    public string Install(string name, long neededBytes, Action<string> fill, Func<string, CheckpointManifest> list)
    {
        var temporary = PathOf($"{TemporaryPrefix}{name}-{Guid.NewGuid():N}");
        var target = PathOf(name);
        try
        {
            Disk.CreateFolder(Folder);
            if (DiskSpace.FreeBytes(Folder) is var free && free < neededBytes)
                throw DiskFullError(name, neededBytes, null);
            Disk.CreateFolder(temporary);
            fill(temporary);
            foreach (var file in DurableFileSystem.Files(temporary))
                Disk.FlushFile(Path.Combine(temporary, file));
            Disk.WriteFile(Path.Combine(temporary, CheckpointManifest.FileName), list(temporary).ToBytes());
            Disk.FlushTree(temporary);
            // Verified before it gets its final name, so that a reader never sees an unverified checkpoint under that name.
            if (CheckpointManifest.FindDamage(temporary, Disk, content: true, out _) is { } damage)
                throw new InputException(
                    $"{target}: the files read back from the disk differ from what was written ({damage}); check the "
                        + "disk, or choose another `output`"
                );
            Replace(temporary, target);
            if (CheckpointManifest.FindDamage(target, Disk, content: false, out _) is { } later)
                throw new InputException(
                    $"{target}: the files changed while the checkpoint was being written ({later}); "
                        + "make sure that no other program writes to this folder"
                );
            return target;
        }
        catch (Exception e)
        {
            TryDelete(temporary);
            if (e is DiskFullException)
                throw;
            if (IsDiskFull(e))
                throw DiskFullError(name, neededBytes, e);
            if (e is IOException)
                throw new InputException($"{target}: cannot be written ({e.Message}); check the disk and the path", e);
            if (e is UnauthorizedAccessException)
                throw new InputException(
                    $"{target}: no permission to write ({e.Message}); check the folder's permissions, or choose another `output`",
                    e
                );
            throw;
        }
    }

    /// <summary>Checkpoint folders here, newest first; none of them is verified.</summary>
    public IEnumerable<(int Step, string Path)> Checkpoints() =>
        Enumerate(Prefix)
            .Concat(Enumerate(ReplacedPrefix + Prefix).Where(old => !Directory.Exists(PathOf(NameOf(old.Step)))))
            .OrderByDescending(entry => entry.Step);

    /// <summary>
    /// Removes checkpoints beyond the newest <paramref name="keep"/>; <paramref name="verified"/> and <paramref name="best"/> always
    /// stay.
    /// </summary>
    public void Prune(int keep, int verified, int? best)
    {
        // Steps later than the verified one remain from a run that returned to an intact checkpoint; they are removed first.
        var others = Enumerate(Prefix)
            .Where(entry => entry.Step != verified)
            .OrderBy(entry => entry.Step > verified)
            .ThenByDescending(entry => entry.Step);
        foreach (var (step, path) in others.Skip(keep - 1).Where(entry => entry.Step != best))
            Remove(path);
    }

    /// <summary>Completes or undoes what a killed process left unfinished.</summary>
    public void CleanUp()
    {
        if (!Directory.Exists(Folder))
            return;
        foreach (var old in Directory.GetDirectories(Folder, ReplacedPrefix + "*"))
        {
            var target = PathOf(Path.GetFileName(old)[ReplacedPrefix.Length..]);
            if (Directory.Exists(target) && CheckpointManifest.FindDamage(target, Disk, content: true, out _) is not null)
                Remove(target);
            if (Directory.Exists(target))
                Remove(old);
            else
                Disk.MoveFolder(old, target);
        }
        foreach (var temporary in Directory.GetDirectories(Folder, TemporaryPrefix + "*"))
            Disk.DeleteFolder(temporary);
        foreach (var temporary in Directory.GetFiles(Folder, TemporaryPrefix + "*"))
            Disk.DeleteFile(temporary);
    }

    private IEnumerable<(int Step, string Path)> Enumerate(string prefix)
    {
        if (!Directory.Exists(Folder))
            yield break;
        foreach (var path in Directory.GetDirectories(Folder, prefix + "*"))
        {
            if (int.TryParse(Path.GetFileName(path).AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step))
                yield return (step, path);
        }
    }

    private void Replace(string temporary, string target)
    {
        if (!Directory.Exists(target))
            Disk.MoveFolder(temporary, target);
        else if (Disk.TryExchange(temporary, target))
            Disk.DeleteFolder(temporary);
        else
        {
            // A kill between the two renames leaves the old one under its second name, where CleanUp finds it.
            var old = PathOf(ReplacedPrefix + Path.GetFileName(target));
            if (Directory.Exists(old))
                Remove(old);
            Disk.MoveFolder(target, old);
            Disk.MoveFolder(temporary, target);
            Disk.FlushFolder(Folder);
            Remove(old);
        }
        Disk.FlushFolder(Folder);
    }

    // Renamed before it is emptied: if the process is killed meanwhile, no folder under a final name may lack files.
    private void Remove(string path)
    {
        var temporary = PathOf($"{TemporaryPrefix}removed-{Guid.NewGuid():N}");
        Disk.MoveFolder(path, temporary);
        Disk.DeleteFolder(temporary);
    }

    private void TryDelete(string temporary)
    {
        try
        {
            Disk.DeleteFolder(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be removed now is removed by the next CleanUp; the first failure is the one that is reported.
        }
    }

    private DiskFullException DiskFullError(string name, long needed, Exception? inner)
    {
        var free = DiskSpace.FreeBytes(Folder);
        var message = string.Create(
            CultureInfo.InvariantCulture,
            $"{PathOf(name)}: the disk is full: {needed} bytes needed ({Gib(needed):F2} GiB), {free} free "
                + $"({Gib(free):F2} GiB); earlier checkpoints are intact; free some space or choose another `output`"
        );
        return inner is null ? new DiskFullException(message) : new DiskFullException(message, inner);
    }

    private static bool IsDiskFull(Exception? e) =>
        e is not null && (e is IOException io && DiskSpace.IsFull(io) || IsDiskFull(e.InnerException));

    private static double Gib(long bytes) => bytes / (double)(1L << 30);
}
