using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Litre.Core;
using Litre.Core.Files;
using Litre.Data.Packing;
using Litre.Model;
using Litre.Model.Files;
using Litre.Model.Layers;
using Litre.Model.Vision;
using Litre.Torch;

namespace Litre.Inference.Features;

/// <summary>
/// Features of images on a disk, for later epochs, evaluations, resumed runs and other runs on the same images. Each file is named by
/// the image's content, its preparation and the vision tower, so that no other model or size ever reads it, appears complete or not at
/// all, and is used only if its SHA-256 is correct. Files are written in the background. A failure of the disk stops the writing with
/// one message, never the run. Thread-safe except <see cref="Dispose"/>; any number of processes may share a folder.
/// </summary>
/// <remarks>Files are not flushed to the disk: what a power cut damages fails its checksum and is computed again.</remarks>
public sealed class FeatureDisk : IDisposable
{
    /// <summary>
    /// Maximum size of features on the host that wait to be written; features that would exceed it are not written this time.
    /// </summary>
    public const long MaxPendingBytes = 256L << 20;

    // After this time, a disk that was too full is tried again.
    private const int FullRetryMs = 60_000;

    // The number of images for which files of an earlier version are searched: a folder that has any has them for most.
    private const int MostEarlier = 8;

    private readonly FeatureDiskSettings _settings;
    private readonly FeatureFolder _folder;
    private readonly Action<string> _log;
    private readonly Action<string, string> _before;
    private readonly VisionConfig _vision;
    private readonly DType _dtype;
    private readonly bool _onCuda;
    private readonly string _visionFingerprint;

    // Keys of images in this process
    private readonly ConcurrentDictionary<string, string> _keys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _damaged = new(StringComparer.Ordinal);
    private readonly Channel<(string Key, VisionOutput Features)> _pending = Channel.CreateUnbounded<(string, VisionOutput)>();
    private readonly Task _writer;
    private long _pendingBytes;
    private long _fullUntil;
    private volatile bool _stopped;
    private bool _reportedFull;
    private int _hits;
    private int _earlier;
    private int _saidEarlier;
    private int _unusable;

    /// <param name="settings">The folder and its limits.</param>
    /// <param name="model">The model whose vision tower computes the features; its weights are read here. Borrowed for the call.</param>
    /// <param name="log">Called with one line about each failure. Called from any thread.</param>
    public FeatureDisk(FeatureDiskSettings settings, CausalModel model, Action<string> log)
        : this(settings, model, log, null) { }

    /// <param name="settings">The folder and its limits.</param>
    /// <param name="model">The model whose vision tower computes the features.</param>
    /// <param name="log">Called with a description of each failure.</param>
    /// <param name="before">Called with each change of the disk and its path in advance; if it throws, the change is not made.</param>
    /// <param name="freeBytes">Returns the disk's free bytes instead of the system.</param>
    internal FeatureDisk(
        FeatureDiskSettings settings,
        CausalModel model,
        Action<string> log,
        Action<string, string>? before,
        Func<string, long>? freeBytes = null
    )
    {
        (_settings, _log, _before) = (settings, log, before ?? ((_, _) => { }));
        _folder = new FeatureFolder(settings, freeBytes);
        (_vision, _dtype, _onCuda) = (ModelSample.RequireVision(model.Config), model.DType, model.Device.UsesCuda);
        _visionFingerprint = VisionFingerprint.Of(model);
        _writer = Task.Factory.StartNew(WriteAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
    }

    /// <summary>The folder and its limits.</summary>
    public FeatureDiskSettings Settings => _settings;

    /// <summary>Number of files that were read and verified.</summary>
    public int Hits => _hits;

    /// <summary>Identifies an image by its content, by which it is found on the disk. Reads the whole file the first time.</summary>
    /// <param name="imageKey">The image's key in this process.</param>
    /// <param name="visual">The image's place.</param>
    /// <param name="encoder">Prepares the image.</param>
    /// <returns>False if it cannot be read: the code that decodes it will report why.</returns>
    internal bool Identify(string imageKey, VisualInput visual, SampleEncoder encoder)
    {
        if (_keys.ContainsKey(imageKey))
            return true;
        try
        {
            var key = FileKey(visual.ContentKey(encoder.Processor!.Options, encoder.Limits));
            if (!File.Exists(PathOf(key)))
                LookForEarlier(visual, encoder);
            _keys[imageKey] = key;
            return true;
        }
        catch (InputException)
        {
            return false;
        }
    }

    /// <summary>Removes an image's identity: the file was rewritten while it was read.</summary>
    internal void Forget(string imageKey) => _keys.TryRemove(imageKey, out _);

    /// <summary>Whether there is a file for an identified image. Only reading it shows whether it is intact.</summary>
    internal bool Contains(string imageKey) =>
        _keys.TryGetValue(imageKey, out var key) && !_damaged.ContainsKey(key) && File.Exists(PathOf(key));

    /// <summary>
    /// An image's features on the host, page-locked if a CUDA device reads them; null if there is no intact file. The caller frees
    /// them.
    /// </summary>
    internal VisionOutput? Read(string imageKey, VisionGrid grid)
    {
        if (!_keys.TryGetValue(imageKey, out var key))
            return null;
        var path = PathOf(key);
        var features = Allocate(grid);
        try
        {
            string? damage;
            using (
                var file = File.OpenHandle(
                    path,
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.ReadWrite | FileShare.Delete,
                    FileOptions.SequentialScan
                )
            )
            {
                damage = FeatureFile.Read(file, key, features);
                // On machines whose CPU and GPU share memory, the cache would occupy memory in addition to what was read.
                if (_onCuda)
                    PageCache.Drop(file);
            }
            if (damage is null)
            {
                FeatureFolder.Touch(path);
                Interlocked.Increment(ref _hits);
                return features;
            }
            Discard(key, path, damage);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Another process freed space.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Discard(key, path, $"cannot be read ({e.Message.ReplaceLineEndings(" ")})");
        }
        features.Dispose();
        return null;
    }

    /// <summary>Whether features of the given size would be written now, so that it is worthwhile to copy them to the host.</summary>
    internal bool ShouldWrite(string imageKey, long bytes) =>
        !_stopped
        && Environment.TickCount64 >= Volatile.Read(ref _fullUntil)
        && _keys.TryGetValue(imageKey, out var key)
        && Interlocked.Read(ref _pendingBytes) + bytes <= MaxPendingBytes
        && (_damaged.ContainsKey(key) || !File.Exists(PathOf(key)));

    /// <summary>Writes features in the background.</summary>
    /// <param name="imageKey">An identified image.</param>
    /// <param name="features">Dense, on the host; freed here.</param>
    internal void Write(string imageKey, VisionOutput features)
    {
        Interlocked.Add(ref _pendingBytes, features.Bytes);
        if (!_keys.TryGetValue(imageKey, out var key) || !_pending.Writer.TryWrite((key, features)))
            Release(features);
    }

    /// <summary>Frees the memory of features that wait to be written; they are computed again another time.</summary>
    internal void DropPending()
    {
        while (_pending.Reader.TryRead(out var entry))
            Release(entry.Features);
    }

    /// <summary>Frees disk space for other uses: removes files, least recently used first, and writes no more for a while.</summary>
    /// <param name="bytes">The number of bytes to free.</param>
    /// <returns>Bytes that were freed.</returns>
    public long Shrink(long bytes)
    {
        Volatile.Write(ref _fullUntil, Environment.TickCount64 + FullRetryMs);
        return FeatureFolder.Shrink(_settings, bytes);
    }

    /// <summary>Waits until everything is written.</summary>
    public void Dispose()
    {
        if (!_pending.Writer.TryComplete())
            return;
        _writer.GetAwaiter().GetResult();
        if (_unusable > 1)
            _log(string.Create(CultureInfo.InvariantCulture, $"{Folder}: {_unusable} files in total were damaged; check the disk"));
    }

    // Reports once why features of an earlier version are not read.
    private void LookForEarlier(VisualInput visual, SampleEncoder encoder)
    {
        if (Volatile.Read(ref _earlier) >= MostEarlier || Interlocked.Increment(ref _earlier) > MostEarlier)
            return;
        if (
            visual.EarlierContentKey(encoder.Processor!.Options, encoder.Limits) is not { } content
            || !File.Exists(PathOf(FileKey(content)))
        )
            return;
        Volatile.Write(ref _earlier, MostEarlier);
        if (Interlocked.Exchange(ref _saidEarlier, 1) == 0)
            _log(
                $"{Folder}: features that an earlier version of Litre wrote are not used, because it decoded images "
                    + "differently; they are computed again, and the old files are deleted when space is needed; no action is required"
            );
    }

    private string FileKey(string content) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{content} {_visionFingerprint}")));

    private async Task WriteAll()
    {
        await foreach (var (key, features) in _pending.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (!_stopped)
                WriteOne(key, features);
            Release(features);
        }
    }

    private void WriteOne(string key, VisionOutput features)
    {
        // Unlike AtomicFile, does not wait for the disk: what a power cut damages is detected by its checksum and computed again.
        var path = PathOf(key);
        var temporary = FeatureFolder.Temporary(path);
        try
        {
            _before("create", Folder);
            CreateFolder(Path.GetDirectoryName(path)!);
            if (!_folder.EnsureSpace(FeatureFile.BytesOf(features.Bytes)))
            {
                Volatile.Write(ref _fullUntil, Environment.TickCount64 + FullRetryMs);
                if (!_reportedFull)
                    _log(
                        $"{Folder}: no space for the features of more images ({ByteSize.Text(_settings.MaxBytes)} are "
                            + $"allowed, {Gib(_settings.ReserveBytes)} GiB of the disk stay free); the remaining images "
                            + "are encoded again each time; raise `feature-disk`, or choose another `feature-folder`"
                    );
                _reportedFull = true;
                return;
            }
            _before("write", temporary);
            using (var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
                FeatureFile.Write(file, key, features);
            _before("move", path);
            File.Move(temporary, path, overwrite: true);
            _damaged.TryRemove(key, out _);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _stopped = true;
            var why = e is IOException io && DiskSpace.IsFull(io) ? "the disk is full" : e.Message.ReplaceLineEndings(" ");
            _log(
                $"{Folder}: image features are no longer written: {why}; the run continues without them; free some space "
                    + "or choose another `feature-folder`"
            );
            Remove(temporary);
        }
    }

    private void Discard(string key, string path, string damage)
    {
        if (_damaged.TryAdd(key, true) && Interlocked.Increment(ref _unusable) == 1)
            _log($"{path}: not used: {damage}; the features are computed again");
        Remove(path);
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file that cannot be deleted is overwritten, or detected as damaged again.
        }
    }

    // Features reveal the content of images, so no other user may read them.
    private static void CreateFolder(string folder)
    {
        if (Directory.Exists(folder))
            return;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void Release(VisionOutput features)
    {
        Interlocked.Add(ref _pendingBytes, -features.Bytes);
        features.Dispose();
    }

    // Uninitialized tensors for an image's features, independent of the open scope.
    private VisionOutput Allocate(VisionGrid grid)
    {
        using var label = MemoryLedger.Label(MemoryUse.Features);
        long[] sizes = [grid.Patches / _vision.MergedPatches, _vision.OutHiddenSize];
        return new VisionOutput(One(), [.. _vision.DeepstackVisualIndexes.Select(_ => One())]);

        Tensor One() => TensorScope.Keep(_onCuda ? Tensor.Pinned(sizes, _dtype) : Tensor.Empty(sizes, _dtype, Device.Cpu));
    }

    private string Folder => _settings.Folder;

    private string PathOf(string key) => FeatureFolder.PathOf(Folder, key);

    private static string Gib(long bytes) => (bytes / (double)(1L << 30)).ToString("0.0", CultureInfo.InvariantCulture);
}
