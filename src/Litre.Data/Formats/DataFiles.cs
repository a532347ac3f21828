using Litre.Core;
using Litre.Data.Imaging;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

/// <summary>Finds the data files of a folder, recognized by content or described by a <c>dataset_info.json</c>.</summary>
internal sealed class DataFiles
{
    private const int MaximumFiles = 1_000_000;
    private const int Deepest = 4; // folders below the data's own that are searched

    private static readonly EnumerationOptions Search = new()
    {
        RecurseSubdirectories = true,
        MaxRecursionDepth = Deepest,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.Hidden,
    };

    private static readonly string[] MediaEndings =
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".webp",
        ".bmp",
        ".gif",
        ".tif",
        ".tiff",
        ".heic",
        ".avif",
        ".svg",
        ".mp4",
        ".mkv",
        ".avi",
        ".mov",
        ".webm",
        ".mp3",
        ".wav",
        ".flac",
        ".zip",
        ".tar",
        ".gz",
        ".safetensors",
        ".pdf",
        ".py",
    ];

    private static readonly string[] DataEndings =
    [
        ".json",
        ".jsonl",
        ".ndjson",
        ".csv",
        ".tsv",
        ".parquet",
        ".arrow",
        ".feather",
        ".xlsx",
        ".xls",
        ".ods",
        ".db",
        ".sqlite",
    ];

    private static readonly string[] PackedEndings = [".gz", ".zst", ".xz", ".bz2", ".zip"];

    private readonly List<DataFile> _found = [];
    private readonly List<UnusableRow> _unrecognized = [];
    private readonly List<string> _notices = [];
    private readonly Dictionary<string, ColumnMapping> _described = new(StringComparer.Ordinal);

    private DataFiles(string root) => Root = root;

    /// <summary>The folder of the data.</summary>
    public string Root { get; }

    public IReadOnlyList<DataFile> Found => _found;

    /// <summary>Files named as data that contain no readable rows.</summary>
    public IReadOnlyList<UnusableRow> Unrecognized => _unrecognized;

    public IReadOnlyList<string> Notices => _notices;

    /// <summary>Finds the files.</summary>
    /// <param name="path">A folder, a file, or a <c>dataset_info.json</c>, which stands for the files that it describes.</param>
    /// <param name="textRows">Whether a text file that the user names is data.</param>
    /// <exception cref="InputException">The path does not exist.</exception>
    public static DataFiles Find(string path, bool textRows)
    {
        var single = File.Exists(path);
        if (!single && !Directory.Exists(path))
            throw new InputException("data", path, "no such file or folder", "give the folder that holds the data");
        var full = Path.GetFullPath(path);
        var files = new DataFiles(single ? Path.GetDirectoryName(full)! : full);
        if (single)
        {
            var beside = Path.Combine(files.Root, DatasetInfo.FileName);
            if (full == beside && files.ReadDescription(beside) is { } info)
                files.AddAll(info.Files.Keys.Order(StringComparer.Ordinal), single, textRows);
            else
            {
                if (DatasetInfo.Load(beside) is { } other && other.Files.TryGetValue(full, out var mapping))
                    files._described[full] = mapping;
                files.Recognize(full, single, textRows);
            }
            return files;
        }
        files.ReportUnsearched(full);
        var candidates = Candidates(full).ToList();
        var descriptions = candidates.Where(c => files.ReadDescription(c) != null).ToHashSet(StringComparer.Ordinal);
        files.AddAll(
            candidates.Concat(files._described.Keys).Distinct().Where(c => !descriptions.Contains(c)).Order(StringComparer.Ordinal),
            single,
            textRows
        );
        return files;
    }

    // The search skips folders that this user may not read, and those that are too deep.
    private void ReportUnsearched(string root)
    {
        _ = Directory.EnumerateFileSystemEntries(root).Any();
        string? deeper = null;
        foreach (var folder in Directory.EnumerateDirectories(root, "*", Search))
        {
            // The search returns the folders one level deeper, but does not enter them.
            if (Path.GetRelativePath(root, folder).Count(c => c == '/') >= Deepest)
            {
                deeper ??= folder;
                continue;
            }
            try
            {
                _ = Directory.EnumerateFileSystemEntries(folder).Any();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _unrecognized.Add(
                    new UnusableRow(
                        new SampleOrigin(folder, 1),
                        $"cannot be read ({e.Message.ReplaceLineEndings(" ")})",
                        "make the folder readable, or omit it"
                    )
                );
            }
        }
        if (deeper is not null)
            _notices.Add(
                $"{Path.GetRelativePath(root, deeper)}/ is more than {Deepest} folders deep, where no data files "
                    + "are searched; name the files there individually (images that rows name are found)"
            );
    }

    private DatasetInfo? ReadDescription(string path)
    {
        try
        {
            if (DatasetInfo.Load(path) is not { } info)
                return null;
            foreach (var (file, mapping) in info.Files)
                _described.TryAdd(file, mapping);
            if (info.Files.Count > 0)
            {
                var names = string.Join(", ", info.Files.Keys.Select(Path.GetFileName).Take(3));
                _notices.Add(
                    $"{DatasetInfo.FileName}: {Units.Count(info.Files.Count, "file is", "files are")} read as it "
                        + $"describes ({names}{(info.Files.Count > 3 ? ", …" : "")})"
                );
            }
            _notices.AddRange(info.Notices);
            _unrecognized.AddRange(info.Missing);
            return info;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // reported where the file is recognized
        }
    }

    private void AddAll(IEnumerable<string> paths, bool single, bool textRows)
    {
        foreach (var path in paths)
            if (
                _described.ContainsKey(path)
                || !MediaEndings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
                || IsPacked(path)
            )
                Recognize(path, single, textRows);
    }

    private void Recognize(string path, bool single, bool textRows)
    {
        var mapping = _described.GetValueOrDefault(path);
        var named =
            single || mapping != null || IsPacked(path) || DataEndings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);
        string found;
        try
        {
            var format = FileSniffer.Recognize(path, named, out found);
            if (format == null && IsText(path) && (mapping != null || (single && textRows)))
                format = DataFormat.Text;
            if (format is { } known)
            {
                _found.Add(new DataFile(path, known, mapping?.Split ?? SplitNames.OfFile(path, Root)) { Mapping = mapping });
                return;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            (named, found) = (true, $"cannot be read ({e.Message.ReplaceLineEndings(" ")})");
        }
        if (!named)
            return;
        var remedy = found.IndexOf("; ", StringComparison.Ordinal);
        _unrecognized.Add(
            new UnusableRow(
                new SampleOrigin(path, 1),
                (found.StartsWith("cannot ", StringComparison.Ordinal) ? "" : "is ") + (remedy < 0 ? found : found[..remedy]),
                remedy < 0 ? "give JSON, JSONL, CSV, TSV or Parquet, or omit the file" : found[(remedy + 2)..]
            )
        );
    }

    private static bool IsText(string path) =>
        Path.GetExtension(path).ToLowerInvariant() is ".txt" or ".md" or ".text" or "" && ImageSource.LengthOf(path) > 0;

    private static bool IsPacked(string path) =>
        PackedEndings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
        && DataEndings.Contains(Path.GetExtension(Path.GetFileNameWithoutExtension(path)), StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<string> Candidates(string root) =>
        Directory
            .EnumerateFiles(root, "*", Search)
            .Take(MaximumFiles)
            .Where(f => !MediaEndings.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase) || IsPacked(f));
}

/// <summary>A file with rows.</summary>
/// <param name="Path">The file.</param>
/// <param name="Format">The format, recognized by content.</param>
/// <param name="Split">The split stated by its name or folder; null if there is none.</param>
public sealed record DataFile(string Path, DataFormat Format, string? Split)
{
    /// <summary>Its description in a <c>dataset_info.json</c>; null if there is none.</summary>
    internal ColumnMapping? Mapping { get; init; }
}

/// <summary>The format of a data file.</summary>
public enum DataFormat
{
    JsonArray,
    JsonLines,

    /// <summary>JSON objects over several lines, one after another.</summary>
    JsonObjects,

    /// <summary>A table whose columns are separated by commas, semicolons or bars.</summary>
    Csv,
    Tsv,
    Parquet,

    /// <summary>Plain text, one row per line.</summary>
    Text,
}
