using Litre.Core;
using Litre.Core.Files;

namespace Litre.Access.Audit;

/// <summary>
/// A log that can only grow: JSON lines of which each contains the hash of the line before. An entry is on the disk before its append
/// returns; entries that arrive together share one flush. Several processes may append to one log. Thread-safe.
/// </summary>
public sealed class AuditLog : IDisposable
{
    /// <summary>The name of its folder in the state folder.</summary>
    public const string FolderName = "audit";

    /// <summary>The length from which a file is continued in a new one, in bytes.</summary>
    public const long DefaultFileBytes = 64L << 20;

    private readonly Lock _lock = new();
    private readonly AuditFolder _files;
    private List<(AuditEntry Entry, TaskCompletionSource Done)> _waiting = [];
    private Task _commit = Task.CompletedTask;
    private bool _isCommitting;
    private bool _isDisposed;

    private AuditLog(string folder, long fileBytes) => (Folder, _files) = (folder, new AuditFolder(folder, fileBytes));

    /// <summary>The folder of the log.</summary>
    public string Folder { get; }

    /// <summary>
    /// Opens a log, or begins one. What a killed process left incomplete is moved to a file of its own, with a line in the log that says
    /// so.
    /// </summary>
    /// <param name="folder">The folder, which is created if it does not exist; null for <c>audit</c> in the state folder.</param>
    /// <param name="fileBytes">The length from which a file is continued in a new one, in bytes.</param>
    /// <exception cref="InputException">The folder or a file in it cannot be written.</exception>
    public static AuditLog Open(string? folder = null, long fileBytes = DefaultFileBytes)
    {
        folder ??= StateFolder.Open(FolderName);
        var log = new AuditLog(folder, fileBytes);
        try
        {
            PrivateFiles.CreateFolder(folder);
            log.Commit([]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw log.Failed(e);
        }
        return log;
    }

    /// <summary>Appends an entry. It is on the disk when this returns.</summary>
    /// <exception cref="InputException">It cannot be written; nothing of it is in the log.</exception>
    public void Append(AuditEntry entry) => AppendAsync(entry).GetAwaiter().GetResult();

    /// <summary>Appends an entry. It is on the disk when the task has ended.</summary>
    /// <exception cref="InputException">It cannot be written; nothing of it is in the log.</exception>
    public Task AppendAsync(AuditEntry entry)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _waiting.Add((entry, done));
            if (!_isCommitting)
            {
                _isCommitting = true;
                // A thread of its own, since the lock and the disk block it.
                _commit = Task.Factory.StartNew(
                    CommitWaiting,
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                );
            }
        }
        return done.Task;
    }

    /// <summary>Checks all lines of a log, and its end.</summary>
    /// <param name="folder">The folder; null for <c>audit</c> in the state folder.</param>
    /// <param name="head">
    /// The hash of a line, noted elsewhere when it was the last one; null if none was noted. Without it, a log that was cut at its end
    /// together with its <c>head.json</c> looks intact.
    /// </param>
    /// <exception cref="InputException">There is no log, or it cannot be read.</exception>
    public static AuditVerification Verify(string? folder = null, string? head = null) =>
        Reading(folder, path => AuditVerifier.Verify(path, head));

    /// <summary>The lines of a log, in order.</summary>
    /// <param name="folder">The folder; null for <c>audit</c> in the state folder.</param>
    /// <exception cref="InputException">There is no log, or it cannot be read.</exception>
    public static IEnumerable<AuditRecord> Read(string? folder = null) => Reading(folder, AuditReader.ReadAll);

    /// <summary>Waits for the entries that are being written.</summary>
    public void Dispose()
    {
        Task commit;
        lock (_lock)
            (_isDisposed, commit) = (true, _commit);
        commit.Wait();
    }

    private static T Reading<T>(string? folder, Func<string, T> read)
    {
        folder ??= Path.Combine(StateFolder.Path, FolderName);
        try
        {
            return Directory.Exists(folder)
                ? read(folder)
                : throw new InputException($"{folder}: there is no audit log; it begins with the first key, run or server");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: the audit log cannot be read ({e.Message}); check its owner and its permissions", e);
        }
    }

    private void CommitWaiting()
    {
        while (true)
        {
            List<(AuditEntry Entry, TaskCompletionSource Done)> batch;
            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    _isCommitting = false;
                    return;
                }
                (batch, _waiting) = (_waiting, []);
            }
            try
            {
                Commit([.. batch.Select(b => b.Entry)]);
                foreach (var (_, done) in batch)
                    done.SetResult();
            }
            catch (Exception e)
            {
                var failure = e is IOException or UnauthorizedAccessException ? Failed(e) : e;
                foreach (var (_, done) in batch)
                    done.TrySetException(failure);
            }
        }
    }

    private void Commit(IReadOnlyList<AuditEntry> entries)
    {
        using var held = _files.Acquire();
        _files.Append(entries);
    }

    private InputException Failed(Exception e) =>
        new(
            $"{Folder}: the audit log cannot be written ({e.Message.ReplaceLineEndings(" ")}); free disk space, or check the folder's "
                + "owner and its permissions",
            e
        );
}
