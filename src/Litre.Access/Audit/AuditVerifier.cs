using Litre.Core.Files;

namespace Litre.Access.Audit;

/// <summary>Checks a log against itself, its head, and a head that was noted elsewhere.</summary>
internal static class AuditVerifier
{
    public static AuditVerification Verify(string folder, string? noted)
    {
        var (findings, notes) = (new List<AuditFinding>(), new List<AuditFinding>());
        var chain = new AuditChain(0, AuditLine.NoHash);
        AuditHead? head;
        AuditReader reader;
        // Head and lengths belong together, and the lock is not held while the files are read: a server must not wait for that.
        using (AcquireIfPossible(folder))
        {
            head = AuditHead.Read(folder);
            var lengths = AuditFiles.In(folder).ToDictionary(name => name, name => new FileInfo(Path.Combine(folder, name)).Length);
            reader = new AuditReader(folder, chain) { Lengths = lengths };
        }
        var (lines, files, last) = (0L, 0, "");
        var (hasHead, hasNoted) = (head is { Count: 0 }, noted is null);
        foreach (var record in reader.Read())
        {
            lines++;
            if (record.File != last)
            {
                files++;
                if (AuditFiles.NumberOf(record.File) is var number && files > 1 && number != AuditFiles.NumberOf(last) + 1)
                    findings.Add(new AuditFinding(AuditFiles.After(last), 0, "is missing"));
                last = record.File;
            }
            if (record.Problem is { } problem)
                findings.Add(new AuditFinding(record.File, record.Line, problem));
            if (record.Text("kind") == RecoveryEntry.Name)
                AddRecovery(record);
            hasHead |= head?.Sha256 == chain.Sha256 && head.Count == chain.Count;
            hasNoted |= string.Equals(noted, chain.Sha256, StringComparison.OrdinalIgnoreCase);
        }
        if (reader.Length > reader.CompleteLength)
            notes.Add(
                new AuditFinding(reader.File!, 0, "ends with an incomplete line, which a killed process left; nothing was answered for it")
            );
        if (head is null && lines > 0)
            findings.Add(new AuditFinding(AuditHead.FileName, 0, "is missing or damaged, so lines may be missing at the end"));
        else if (head is not null && !hasHead)
            findings.Add(
                new AuditFinding(
                    AuditHead.FileName,
                    0,
                    $"states {head.Count} lines, the last with hash {head.Sha256}, which the log does not contain: it was cut or rewritten"
                )
            );
        if (!hasNoted)
            findings.Add(
                new AuditFinding(last.Length > 0 ? last : folder, 0, $"no line has the hash {noted}: the log was cut or rewritten")
            );
        return new AuditVerification(lines, files, chain.Sha256, findings, notes);

        void AddRecovery(AuditRecord record)
        {
            if (record.Text("incomplete") is { } moved)
                notes.Add(new AuditFinding(record.File, record.Line, $"an incomplete line before it was moved to {moved}"));
            if (record.Text("damage") is { } damage)
                findings.Add(new AuditFinding(record.File, record.Line, $"when the log was continued here, {damage}"));
        }
    }

    // A copy that cannot be written is not being appended to either.
    private static FileLock? AcquireIfPossible(string folder)
    {
        try
        {
            return FileLock.Acquire(Path.Combine(folder, AuditFolder.LockName));
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
