using Litre.Core;

namespace Litre.Model.Hub;

/// <summary>
/// Downloads a model: several files at a time, each resumed where an earlier run stopped and checked against the hub's sums, in a
/// temporary folder next to the target that gets the final name when it is complete.
/// </summary>
public sealed class ModelDownload
{
    private const long SpareBytes = 1L << 28; // of the disk, for other programs

    private static readonly string[] OtherWeights =
    [
        ".bin",
        ".pt",
        ".pth",
        ".ckpt",
        ".h5",
        ".msgpack",
        ".ot",
        ".gguf",
        ".onnx",
        ".onnx_data",
        ".tflite",
        ".mlmodel",
    ];

    private readonly ModelDownloadSettings _settings;
    private readonly string _output,
        _staging;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _arrived = new(StringComparer.Ordinal);
    private long _total,
        _fromCache;

    private ModelDownload(ModelDownloadSettings settings)
    {
        _settings = settings;
        _output = Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.Output));
        _staging = Path.Combine(Path.GetDirectoryName(_output) ?? "/", $".{Path.GetFileName(_output)}.download");
    }

    /// <summary>Downloads one model.</summary>
    /// <exception cref="InputException">
    /// The source, the network or the disk prevents it; received data are kept for the next run.
    /// </exception>
    public static Task<ModelDownloadResult> RunAsync(ModelDownloadSettings settings, CancellationToken cancel) =>
        new ModelDownload(settings).RunAsync(cancel);

    private async Task<ModelDownloadResult> RunAsync(CancellationToken cancel)
    {
        if (File.Exists(_output))
            throw new InputException("output", _settings.Output, "is a file", "give a folder that does not exist yet");
        var (model, source) = (_settings.Model, _settings.Source);
        var listing = await source.ListAsync(model, _settings.Revision.Length > 0 ? _settings.Revision : source.DefaultRevision, cancel);
        foreach (var file in listing.Files)
            CheckPath(file.Path);
        var omitted = listing.Files.Where(IsNotNeeded).ToList();
        var files = listing.Files.Except(omitted).ToList();
        if (!files.Exists(f => f.Path.EndsWith(".safetensors", StringComparison.Ordinal)))
            throw new InputException(
                $"{model}: {source.Name} lists no *.safetensors files for this model, the only format that Litre reads; "
                    + "choose a model that is published as safetensors"
            );
        for (var i = 0; i < files.Count; i++)
            if (files[i].Bytes is null || files[i].Sum is null)
                files[i] = await source.CompleteAsync(model, listing.Revision, files[i], cancel);
        var result = new ModelDownloadResult(_output, ModelDownloadState.Planned, listing.Revision, files, omitted, 0);
        if (_settings.IsDryRun)
            return result;
        if (Directory.Exists(_output) && Directory.EnumerateFileSystemEntries(_output).Any())
        {
            await CheckThereAsync(files, cancel);
            return result with { State = ModelDownloadState.AlreadyThere };
        }
        await FetchAllAsync(listing.Revision, files, cancel);
        return result with { State = ModelDownloadState.Fetched, FromCacheBytes = _fromCache };
    }

    private async Task FetchAllAsync(string revision, List<HubFile> files, CancellationToken cancel)
    {
        OnDisk(() => Directory.CreateDirectory(_staging));
        using var held = AcquireLock();
        _total = files.Sum(f => f.Bytes ?? 0);
        // A cached file may be on another disk, and then needs as much space as a downloaded one.
        var here = files.Sum(f => Length(Local(f)) is > 0 and var whole ? whole : Length(Local(f) + ".part"));
        var (needed, free) = (_total - here + SpareBytes, _settings.FreeBytes(_staging));
        if (free < needed)
            throw new InputException(
                "output",
                _settings.Output,
                $"has {Units.GiB(free)} of free space, but the rest of {_settings.Model} needs {Units.GiB(needed)}",
                "nothing was downloaded; free some space or choose a folder on another disk"
            );
        if (here > 0)
            _settings.Notice?.Invoke($"continuing: {Units.GiB(here)} of {Units.GiB(_total)} are already downloaded");
        // The largest first, so that none of them runs alone at the end.
        var options = new ParallelOptions { MaxDegreeOfParallelism = _settings.Parallel, CancellationToken = cancel };
        await Parallel.ForEachAsync(
            files.OrderByDescending(f => f.Bytes ?? 0),
            options,
            async (file, stop) => await FetchAsync(revision, file, stop)
        );
        if (files.Count(f => f.Sum is null) is var unsummed and > 0)
            _settings.Notice?.Invoke(
                $"{_settings.Source.Name} provides no checksums for {unsummed} of {files.Count} files; only their sizes were checked"
            );
        held.Dispose();
        OnDisk(() =>
        {
            File.Delete(LockPath);
            if (Directory.Exists(_output))
                Directory.Delete(_output); // empty
            Directory.Move(_staging, _output);
        });
    }

    private async Task FetchAsync(string revision, HubFile file, CancellationToken cancel)
    {
        var (path, part) = (Local(file), Local(file) + ".part");
        OnDisk(() => Directory.CreateDirectory(Path.GetDirectoryName(path)!));
        if (File.Exists(path))
        {
            if (await IsRightAsync(file, path, cancel))
            {
                ReportProgress(file, Length(path));
                return;
            }
            File.Delete(path);
        }
        if (
            _settings.CacheFolder is { } cache
            && HubCache.Blob(cache, _settings.Model, file) is { } blob
            && await IsRightAsync(file, blob, cancel)
        )
        {
            OnDisk(() => File.Copy(blob, part, overwrite: true));
            lock (_gate)
                _fromCache += Length(part);
        }
        else
        {
            var resumed = Length(part) > 0;
            await _settings.Source.FetchAsync(_settings.Model, revision, file, part, done => ReportProgress(file, done), cancel);
            if (resumed && !await IsRightAsync(file, part, cancel))
            {
                // The first part may belong to another file; only an uninterrupted download proves that the sum is wrong.
                File.Delete(part);
                await _settings.Source.FetchAsync(_settings.Model, revision, file, part, done => ReportProgress(file, done), cancel);
            }
        }
        // An empty file has no byte whose arrival would create it.
        if (!File.Exists(part))
            OnDisk(() => File.Create(part).Dispose());
        if (!await IsRightAsync(file, part, cancel))
        {
            var length = Length(part);
            File.Delete(part);
            throw new InputException(
                $"{file.Path}: the downloaded file has {length} bytes and does not match what {_settings.Source.Name} "
                    + $"lists ({file.Bytes} bytes, sum {file.Sum?.Hex ?? "unknown"}); it was deleted; run the same command again"
            );
        }
        OnDisk(() =>
        {
            using (var handle = File.OpenHandle(part, FileMode.Open, FileAccess.ReadWrite))
                RandomAccess.FlushToDisk(handle);
            File.Move(part, path, overwrite: true);
        });
        ReportProgress(file, Length(path));
    }

    private async Task CheckThereAsync(List<HubFile> files, CancellationToken cancel)
    {
        foreach (var file in files)
        {
            var path = Path.Combine(_output, file.Path);
            if (File.Exists(path) && await IsRightAsync(file, path, cancel))
                continue;
            throw new InputException(
                "output",
                _settings.Output,
                $"is not empty, and its {file.Path} "
                    + $"{(File.Exists(path) ? "differs from that of" : "is missing, unlike in")} {_settings.Model}",
                "give a folder that does not exist yet"
            );
        }
    }

    private static async Task<bool> IsRightAsync(HubFile file, string path, CancellationToken cancel) =>
        (file.Bytes is null || file.Bytes == Length(path)) && (file.Sum is null || await file.Sum.MatchesAsync(path, cancel));

    // Two downloads into one folder would overwrite each other.
    private FileStream AcquireLock()
    {
        try
        {
            return new FileStream(LockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                "output",
                _settings.Output,
                $"{_staging} is in use by another download, or cannot be written",
                "wait until it ends, or choose another `output`",
                e
            );
        }
    }

    private string LockPath => Path.Combine(_staging, ".lock");

    private string Local(HubFile file) => Path.Combine(_staging, file.Path);

    private void ReportProgress(HubFile file, long bytes)
    {
        lock (_gate)
        {
            _arrived[file.Path] = bytes;
            _settings.Progress?.Invoke(_arrived.Values.Sum(), _total);
        }
    }

    private static bool IsNotNeeded(HubFile file) =>
        OtherWeights.Contains(Path.GetExtension(file.Path), StringComparer.OrdinalIgnoreCase)
        || Path.GetFileName(file.Path) is ".gitattributes" or ".gitignore";

    // A listing comes from outside and must not make the program write elsewhere.
    private static void CheckPath(string path)
    {
        if (
            path.Length == 0
            || Path.IsPathRooted(path)
            || path.Contains('\\', StringComparison.Ordinal)
            || path.Contains('\0', StringComparison.Ordinal)
            || path.Split('/').Any(part => part is "" or "." or "..")
        )
        {
            throw new InputException(
                $"the hub lists a file '{path}', which would be outside the model's folder; nothing "
                    + "was downloaded; report this to the hub, or use another source with `from`"
            );
        }
    }

    private void OnDisk(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                "output",
                _settings.Output,
                $"cannot be written ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')})",
                "free some space or choose another folder, and run the same command again",
                e
            );
        }
    }

    private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;
}
