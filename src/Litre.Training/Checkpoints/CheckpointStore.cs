using System.Globalization;
using System.Text;
using Litre.Core;

namespace Litre.Training.Checkpoints;

/// <summary>
/// The checkpoints of one run. A checkpoint appears complete or not at all, even if the process or the machine stops at any point;
/// every checkpoint is compared with its hashes before use. Not thread-safe. <see cref="RunLock"/> ensures that only one process
/// writes; any number may read.
/// </summary>
public sealed class CheckpointStore
{
    private const string BestName = "best";
    private const string IdentityName = ".run-id";

    // Files that only resuming needs; all others belong to the adapter or the model.
    private static readonly string[] ResumeFiles = ["optimizer.safetensors", "trainer_state.json", CheckpointManifest.FileName];

    private readonly int _keep;
    private readonly Action<string> _warn;
    private readonly CheckpointDirectory _local;
    private readonly CheckpointDirectory? _mirror;
    private string? _adopted;

    /// <param name="runFolder">The folder of <c>checkpoint-N/</c> and <c>best/</c>; created by the first write.</param>
    /// <param name="keep">How many of the newest checkpoints are kept, at least 1; the best one is kept in addition.</param>
    /// <param name="mirrorFolder">A folder on another disk that receives a verified copy of each checkpoint, or null.</param>
    /// <param name="warn">Called with one line when the mirror fails; the run continues.</param>
    /// <exception cref="InputException">
    /// <paramref name="keep"/> is below 1, or the mirror does not exist or is the run's own folder.
    /// </exception>
    public CheckpointStore(string runFolder, int keep, string? mirrorFolder, Action<string>? warn = null)
        : this(runFolder, keep, mirrorFolder, warn, new DurableFileSystem()) { }

    internal CheckpointStore(string runFolder, int keep, string? mirrorFolder, Action<string>? warn, DurableFileSystem disk)
    {
        if (keep < 1)
            throw new InputException("keep", keep, "at least 1 checkpoint must be kept", null);
        _keep = keep;
        _warn = warn ?? (_ => { });
        RunFolder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(runFolder));
        _local = new CheckpointDirectory(RunFolder, disk);
        if (mirrorFolder is null)
            return;
        // Not created here: if the mirror's disk is not mounted, the new folder would be on the wrong disk.
        if (!Directory.Exists(mirrorFolder))
            throw new InputException("mirror", mirrorFolder, "no such folder", "create it, or check that its disk is mounted");
        var place = Path.Combine(Path.GetFullPath(mirrorFolder), Path.GetFileName(RunFolder));
        if (place == RunFolder)
            throw new InputException(
                "mirror",
                mirrorFolder,
                "is the folder in which the run itself is written",
                "choose a folder on another disk"
            );
        _mirror = new CheckpointDirectory(place, disk);
    }

    /// <summary>Full path of the run's folder.</summary>
    public string RunFolder { get; }

    /// <summary>The folder of the best adapter after <see cref="SetBest"/> was called.</summary>
    public string BestFolder => _local.PathOf(BestName);

    /// <summary>
    /// Writes <c>checkpoint-N</c> and returns its full path. Older checkpoints in excess of those to keep are removed only after the
    /// new one was read back from the disk. After any failure, all earlier checkpoints are unchanged.
    /// </summary>
    /// <param name="step">The optimizer step after which it is written; a checkpoint of the same step is replaced.</param>
    /// <param name="expectedBytes">Total size of the files, for which free space is required before anything is written.</param>
    /// <param name="writeFiles">Writes the files into the given folder; they are flushed afterwards.</param>
    /// <exception cref="InputException">The disk is full (with the bytes needed and free) or cannot be written.</exception>
    public string Write(int step, long expectedBytes, Action<string> writeFiles)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var name = CheckpointDirectory.NameOf(step);
        var folder = _local.Install(name, expectedBytes, writeFiles, filled => CheckpointManifest.Of(filled, step, _local.Disk));
        if (_mirror is not null)
            Mirror(_mirror, folder, name, step);
        try
        {
            _local.Prune(_keep, step, BestStep());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _warn($"{RunFolder}: an old checkpoint cannot be removed ({e.Message}); remove it by hand");
        }
        return folder;
    }

    /// <summary>
    /// The newest intact checkpoint, from the mirror if the run folder's own is damaged or missing; null if there is none. Changes
    /// nothing on the disk.
    /// </summary>
    /// <param name="onDamaged">Called with one line about each newer checkpoint that cannot be used: folder, file and reason.</param>
    public StoredCheckpoint? Latest(Action<string> onDamaged)
    {
        var candidates = _local.Checkpoints().Select(entry => new StoredCheckpoint(entry.Path, entry.Step, false)).ToList();
        var identity = ReadIdentity(_local);
        // Without an identity the run folder never had a mirror, or is a new one after the loss of the disk: then it is empty.
        if (_mirror is not null && (identity is null ? candidates.Count == 0 : identity == ReadIdentity(_mirror)))
            candidates.AddRange(_mirror.Checkpoints().Select(entry => new StoredCheckpoint(entry.Path, entry.Step, true)));
        foreach (var candidate in candidates.OrderByDescending(entry => entry.Step).ThenBy(entry => entry.FromMirror))
        {
            var damage = CheckpointManifest.FindDamage(candidate.Folder, _local.Disk, content: true, out var manifest);
            if (damage is null && manifest!.Step != candidate.Step)
                damage = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{CheckpointManifest.FileName} belongs to step {manifest.Step}: the folder was renamed"
                );
            if (damage is null)
            {
                if (candidate.FromMirror)
                    _adopted = ReadIdentity(_mirror!);
                return candidate;
            }
            onDamaged($"{candidate.Folder}: damaged and therefore not used: {damage}");
        }
        return null;
    }

    /// <summary>
    /// Makes <c>best/</c> a copy of a checkpoint without the optimizer and the trainer's state. A reader sees either the previous best
    /// or this one.
    /// </summary>
    /// <exception cref="InputException">The checkpoint is damaged, or the disk is full or cannot be written.</exception>
    public void SetBest(string checkpointFolder)
    {
        var disk = _local.Disk;
        if (CheckpointManifest.FindDamage(checkpointFolder, disk, content: true, out var manifest) is { } damage)
            throw new InputException(
                $"{checkpointFolder}: damaged, so it cannot become the best checkpoint: {damage}; "
                    + ""
                    + "the earlier best checkpoint is kept"
            );
        var files = manifest!.Files.Where(file => !ResumeFiles.Contains(file.Name)).ToList();
        _local.Install(
            BestName,
            0,
            folder =>
            {
                foreach (var file in files)
                    disk.LinkOrCopy(Path.Combine(Path.GetFullPath(checkpointFolder), file.Name), Path.Combine(folder, file.Name));
            },
            _ => manifest with { Files = files }
        );
    }

    /// <summary>
    /// Removes what a killed process left unfinished and completes replacements that it had started. Call it before resuming a run.
    /// </summary>
    /// <exception cref="InputException">The folder cannot be changed.</exception>
    public void CleanUp()
    {
        try
        {
            _local.CleanUp();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{RunFolder}: the remains of an interrupted write cannot be removed ({e.Message}); check the folder's permissions",
                e
            );
        }
        try
        {
            _mirror?.CleanUp();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _warn(
                $"{_mirror!.Folder}: the remains of an interrupted write cannot be removed ({e.Message}); check the "
                    + "mirror folder's permissions"
            );
        }
    }

    /// <summary>The step of the checkpoint from which <c>best/</c> was copied; null if there is none.</summary>
    public int? BestStep() => Directory.Exists(BestFolder) ? CheckpointManifest.Read(BestFolder, out _)?.Step : null;

    private void Mirror(CheckpointDirectory mirror, string source, string name, int step)
    {
        try
        {
            var identity = GetIdentity();
            if (ReadIdentity(mirror) is { } other && other != identity)
                throw new InputException(
                    $"{mirror.Folder}: contains checkpoints of another run with the same name; choose another `mirror` or `output`"
                );
            mirror.Disk.CreateFolder(mirror.Folder);
            WriteIdentity(mirror, identity);
            var manifest = CheckpointManifest.Read(source, out var reason) ?? throw new InputException($"{source}: {reason}");
            mirror.Install(
                name,
                manifest.Files.Sum(file => file.Bytes),
                folder =>
                {
                    foreach (var file in manifest.Files)
                        mirror.Disk.CopyFile(Path.Combine(source, file.Name), Path.Combine(folder, file.Name));
                },
                _ => manifest
            );
            mirror.Prune(_keep, step, BestStep());
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            _warn($"mirror: {e.Message}; the run continues without a copy of {name}");
        }
    }

    /// <summary>The run's identity, which distinguishes its mirror from that of another run with the same folder name.</summary>
    private string GetIdentity()
    {
        if (ReadIdentity(_local) is { } known)
            return known;
        var identity = _adopted ?? Guid.NewGuid().ToString("N");
        WriteIdentity(_local, identity);
        return identity;
    }

    private static string? ReadIdentity(CheckpointDirectory directory)
    {
        var path = directory.PathOf(IdentityName);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }

    private static void WriteIdentity(CheckpointDirectory directory, string identity)
    {
        var path = directory.PathOf(IdentityName);
        if (File.Exists(path))
            return;
        var temporary = directory.PathOf($".tmp-run-id-{Guid.NewGuid():N}");
        directory.Disk.WriteFile(temporary, Encoding.UTF8.GetBytes(identity + "\n"));
        directory.Disk.MoveFile(temporary, path);
    }
}

/// <summary>A checkpoint all of whose files were read and match its manifest.</summary>
/// <param name="Folder">Full path.</param>
/// <param name="Step">The optimizer step after which it was written.</param>
/// <param name="FromMirror">Whether it is in the mirror because the run folder has no intact one of that step.</param>
public sealed record StoredCheckpoint(string Folder, int Step, bool FromMirror);
