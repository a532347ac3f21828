namespace Litre.Access.Audit;

/// <summary>Reads the lines of a log from a place in it, in the order of the files.</summary>
internal sealed class AuditReader(string folder, AuditChain chain)
{
    /// <summary>The files to read with their lengths; null for those that exist when they are read.</summary>
    public IReadOnlyDictionary<string, long>? Lengths { get; init; }

    /// <summary>The name of the last file that was read; null if there is none.</summary>
    public string? File { get; private set; }

    /// <summary>Where its last complete line ends.</summary>
    public long CompleteLength { get; private set; }

    /// <summary>Its length, with an incomplete last line.</summary>
    public long Length { get; private set; }

    /// <summary>All lines of a folder.</summary>
    public static IEnumerable<AuditRecord> ReadAll(string folder) => new AuditReader(folder, new AuditChain(0, AuditLine.NoHash)).Read();

    /// <summary>The lines from a place on, with what is wrong with them.</summary>
    /// <param name="file">The name of the first file to read; null for all.</param>
    /// <param name="offset">Where to begin in it, at a line's start.</param>
    public IEnumerable<AuditRecord> Read(string? file = null, long offset = 0)
    {
        var names = (Lengths?.Keys.OrderBy(AuditFiles.NumberOf) ?? AuditFiles.In(folder).AsEnumerable())
            .Where(name => file is null || AuditFiles.NumberOf(name) >= AuditFiles.NumberOf(file))
            .ToList();
        foreach (var name in names)
        {
            var start = name == file ? offset : 0;
            var bytes = ReadFrom(name, start);
            var (at, line) = (0, 0);
            for (int end; (end = bytes.AsSpan(at).IndexOf((byte)'\n')) >= 0; at += end + 1)
            {
                var problem = chain.Next(bytes.AsSpan(at, end), out var fields);
                yield return new AuditRecord(name, ++line, fields, problem);
            }
            if (at < bytes.Length && name != names[^1])
                yield return new AuditRecord(name, line + 1, default, "is incomplete: the file was cut");
            (File, CompleteLength, Length) = (name, start + at, start + bytes.Length);
        }
    }

    private byte[] ReadFrom(string name, long start)
    {
        using var stream = new FileStream(
            Path.Combine(folder, name),
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete
        );
        stream.Position = start;
        var bytes = new byte[Math.Max(0, (Lengths?[name] ?? stream.Length) - start)];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
