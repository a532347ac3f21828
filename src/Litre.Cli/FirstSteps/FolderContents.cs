namespace Litre.Cli.FirstSteps;

/// <summary>Models, data and runs in a folder, found by names of files. Deep folders are not searched, so that it takes no time.</summary>
internal sealed record FolderContents
{
    private const int Most = 300; // entries of a folder that are looked at

    private static readonly string[] TableEndings = [".jsonl", ".ndjson", ".csv", ".tsv", ".parquet"];

    /// <summary>Folders of models: here, or in <c>models</c>.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Files of rows, and folders that hold some.</summary>
    public required IReadOnlyList<string> Data { get; init; }

    /// <summary>The newest first.</summary>
    public required IReadOnlyList<FoundRun> Runs { get; init; }

    /// <summary>Looks into a folder. What cannot be read is passed over.</summary>
    public static FolderContents Find(string root)
    {
        var here = Folders(root, "");
        List<string> places = [.. here, .. Folders(root, "runs")];
        // The example keeps its run next to its data.
        var runs = places
            .Concat(places.Select(f => f + "/run"))
            .Select(f => Guard(() => FoundRun.Read(f, Path.Combine(root, f), p => Path.Combine(root, p))))
            .OfType<FoundRun>()
            .OrderByDescending(r => r.LastWrite)
            .ToList();
        var models = here.Concat(Folders(root, "models")).Where(f => IsModel(Path.Combine(root, f))).ToList();
        return new FolderContents
        {
            Models = models,
            Runs = runs,
            Data =
            [
                .. here.Where(f => !models.Contains(f) && runs.All(r => r.Folder != f) && HoldsRows(Path.Combine(root, f))),
                .. Files(root).Where(f => IsTable(f.Name)).Select(f => f.Name),
            ],
        };
    }

    private static bool IsModel(string folder) =>
        File.Exists(Path.Combine(folder, "config.json"))
        && (File.Exists(Path.Combine(folder, "model.safetensors")) || File.Exists(Path.Combine(folder, "model.safetensors.index.json")));

    private static bool HoldsRows(string folder) =>
        Files(folder).Any(f => IsTable(f.Name) || f.Name == "dataset_info.json" || (f.Extension == ".json" && IsArray(f.FullName)));

    private static bool IsTable(string name) => TableEndings.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);

    // Rows as one array; settings of programs are objects.
    private static bool IsArray(string path) =>
        Guard(() =>
        {
            using var file = File.OpenRead(path);
            Span<byte> head = stackalloc byte[64];
            var text = head[..file.Read(head)].TrimStart(" \t\r\n\u00ef\u00bb\u00bf"u8);
            return text.Length > 0 && text[0] == (byte)'[' ? path : null;
        })
            is not null;

    private static List<string> Folders(string root, string below) =>
        Guard(() =>
            new DirectoryInfo(Path.Combine(root, below))
                .EnumerateDirectories()
                .Take(Most)
                .Where(d => d.Name[0] != '.')
                .Select(d => below.Length == 0 ? d.Name : $"{below}/{d.Name}")
                .Order(StringComparer.Ordinal)
                .ToList()
        ) ?? [];

    private static List<FileInfo> Files(string folder) =>
        Guard(() =>
            new DirectoryInfo(folder)
                .EnumerateFiles()
                .Take(Most)
                .Where(f => f.Name[0] != '.')
                .OrderBy(f => f.Name, StringComparer.Ordinal)
                .ToList()
        ) ?? [];

    private static T? Guard<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
