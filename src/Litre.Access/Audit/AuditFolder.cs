using Litre.Core.Files;

namespace Litre.Access.Audit;

/// <summary>The files of a log while its lock is held.</summary>
internal sealed class AuditFolder(string folder, long maxFileBytes)
{
    public const string LockName = ".lock";

    /// <summary>The end of the log, as this process last saw it.</summary>
    public AuditHead? Head { get; private set; }

    public FileLock Acquire() => FileLock.Acquire(Path.Combine(folder, LockName));

    /// <summary>Appends entries, which are on the disk when this returns.</summary>
    public void Append(IReadOnlyList<AuditEntry> entries)
    {
        var (head, recovery) = FindEnd();
        if (recovery is not null)
            entries = [recovery, .. entries];
        if (entries.Count == 0)
        {
            Head = head;
            return;
        }
        var (file, start) = head.Length < maxFileBytes ? (head.File, head.Length) : (AuditFiles.After(head.File), 0L);
        var output = new MemoryStream();
        var (count, hash) = (head.Count, head.Sha256);
        foreach (var entry in entries)
            hash = AuditLine.Write(output, ++count, entry, hash);
        Append(file, start, output.GetBuffer().AsSpan(0, (int)output.Length));
        head = new AuditHead(count, hash, file, start + output.Length);
        WriteHead(head);
        Head = head;
    }

    private void Append(string file, long start, ReadOnlySpan<byte> bytes)
    {
        using var stream = OpenForWriting(file, FileMode.OpenOrCreate);
        try
        {
            stream.Position = start;
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // Nothing of it was answered, so nothing of it stays.
            stream.SetLength(start);
            throw;
        }
    }

    // Not flushed to the disk: after a failure of power the head may be older than the log, and it is brought up to date then. It is
    // never newer, because the lines are on the disk before it is written.
    private void WriteHead(AuditHead head)
    {
        using var stream = OpenForWriting(AuditHead.FileName, FileMode.OpenOrCreate);
        var bytes = head.ToBytes();
        stream.Write(bytes);
        stream.SetLength(bytes.Length);
    }

    private FileStream OpenForWriting(string name, FileMode mode)
    {
        var options = PrivateFiles.Writing(mode, FileShare.ReadWrite | FileShare.Delete);
        options.BufferSize = 0;
        return new FileStream(Path.Combine(folder, name), options);
    }

    // Where the log ends, whoever wrote last, and what has to be recorded about it.
    private (AuditHead Head, RecoveryEntry? Recovery) FindEnd()
    {
        var stored = AuditHead.Read(folder);
        if (
            stored is not null
            && stored == Head
            && LengthOf(stored.File) == stored.Length
            && LengthOf(AuditFiles.After(stored.File)) is null
        )
            return (stored, null);
        if (stored is null && AuditFiles.In(folder).Count == 0)
            return (AuditHead.Empty, null);
        var damage = stored is null ? $"{AuditHead.FileName} was missing or damaged" : null;
        if (stored is not null && !EndsAt(stored))
        {
            damage = $"the log did not end as {AuditHead.FileName} states ({stored.Count} lines, the last with hash {stored.Sha256})";
            stored = null;
        }
        var chain = new AuditChain(stored?.Count ?? 0, stored?.Sha256 ?? AuditLine.NoHash);
        var reader = new AuditReader(folder, chain);
        foreach (var record in reader.Read(stored?.File, stored?.Length ?? 0))
            if (record.Problem is { } problem)
                damage ??= $"{record.File}: a line {problem}";
        var file = reader.File ?? AuditFiles.NameOf(1);
        var incomplete = reader.Length > reader.CompleteLength ? MoveIncomplete(file, reader.CompleteLength) : null;
        var head = new AuditHead(chain.Count, chain.Sha256, file, reader.CompleteLength);
        var recovery = damage is null && incomplete is null ? null : new RecoveryEntry { Damage = damage, Incomplete = incomplete };
        return (head, recovery);
    }

    // Whether the line with the head's hash ends where the head says; the rest of the chain is checked by the verification.
    private bool EndsAt(AuditHead head)
    {
        if (head.Count == 0)
            return head.Length == 0;
        if (LengthOf(head.File) is not { } length || length < head.Length)
            return false;
        var expected = System.Text.Encoding.ASCII.GetBytes($"{head.Sha256}\"}}\n");
        if (head.Length < expected.Length)
            return false;
        using var handle = File.OpenHandle(
            Path.Combine(folder, head.File),
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete
        );
        var found = new byte[expected.Length];
        return RandomAccess.Read(handle, found, head.Length - found.Length) == found.Length && found.AsSpan().SequenceEqual(expected);
    }

    // The bytes of a line that a killed process did not complete.
    private string MoveIncomplete(string file, long from)
    {
        var moved = $"{Path.GetFileNameWithoutExtension(file)}.incomplete-{from}";
        using var stream = new FileStream(Path.Combine(folder, file), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.Position = from;
        var bytes = new byte[stream.Length - from];
        stream.ReadExactly(bytes);
        AtomicFile.Write(Path.Combine(folder, moved), bytes.Length, output => output.Write(bytes));
        stream.SetLength(from);
        return moved;
    }

    private long? LengthOf(string name) => new FileInfo(Path.Combine(folder, name)) is { Exists: true } info ? info.Length : null;
}
