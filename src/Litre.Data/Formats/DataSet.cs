using Litre.Data.Keys;
using Litre.Data.Samples;
using Litre.Torch;

namespace Litre.Data.Formats;

/// <summary>
/// A file or folder of data in any of the accepted formats, recognised by content and read row by row. Not
/// thread-safe; samples that were read stay valid until disposal.
/// </summary>
public sealed class DataSet : IDisposable
{
    private const int MaximumFiles = 1_000_000;

    private static readonly string[] MediaEndings =
    [
        ".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".avif", ".svg", ".mp4", ".mkv", ".avi", ".mov",
        ".webm", ".zip", ".tar", ".gz", ".safetensors", ".pdf",
    ];

    private static readonly string[] DataEndings = [".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet"];

    private readonly DataSetOptions _options;
    private readonly EmbeddedImages _embedded;
    private KeyTable _keys = new();
    private readonly SortedSet<string> _notices = new(StringComparer.Ordinal);

    private DataSet(string root, IReadOnlyList<DataFile> files, IReadOnlyList<UnusableRow> unrecognised, DataSetOptions options)
    {
        (Root, Files, Unrecognised, _options) = (root, files, unrecognised, options);
        _embedded = new EmbeddedImages(options.EmbeddedMemoryBytes);
    }

    /// <summary>The folder that the data lie in.</summary>
    public string Root { get; }

    /// <summary>Files with rows, in reading order.</summary>
    public IReadOnlyList<DataFile> Files { get; }

    /// <summary>Files named as data that hold no rows that can be read.</summary>
    public IReadOnlyList<UnusableRow> Unrecognised { get; }

    /// <summary>What the user should know about these data, such as licences. Complete after reading.</summary>
    public IReadOnlyCollection<string> Notices => _notices;

    /// <summary>What became of every key of the rows. Complete after reading.</summary>
    public IReadOnlyList<KeySummary> Keys => _keys.Summaries;

    /// <summary>Finds the data files of a folder, or takes one file.</summary>
    /// <exception cref="InputException">There is nothing, or nothing that is data.</exception>
    public static DataSet Open(string path, DataSetOptions? options = null)
    {
        options ??= DataSetOptions.Default;
        if (options.ImageRoot is { } imageRoot && !Directory.Exists(imageRoot))
            throw new InputException($"--image-root {imageRoot}: no such folder; give the folder that picture paths begin from");
        try
        {
            var single = File.Exists(path);
            if (!single && !Directory.Exists(path))
                throw new InputException($"--data {path}: no such file or folder; give the folder that holds the data");
            var root = single ? Path.GetDirectoryName(Path.GetFullPath(path))! : Path.GetFullPath(path);
            var files = new List<DataFile>();
            var unrecognised = new List<UnusableRow>();
            foreach (var file in single ? [Path.GetFullPath(path)] : Candidates(root))
                Recognise(file, root, single, files, unrecognised);
            if (files.Count > 0) return new DataSet(root, files, unrecognised, options);
            var first = unrecognised.Count > 0 ? $" ({unrecognised[0].Origin.File}: {unrecognised[0].Reason})" : "";
            throw new InputException($"--data {path}: holds no data that are recognised{first}; expected JSON, JSONL, CSV, TSV or Parquet with messages, conversations, or question and answer");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"--data {path}: cannot be read ({e.Message.ReplaceLineEndings(" ")}); check the path and its permissions", e);
        }
    }

    /// <summary>All rows of all files in order, usable or not.</summary>
    public IEnumerable<Row> Read()
    {
        _keys = new KeyTable();
        foreach (var unusable in Unrecognised) yield return Row.Of(unusable);
        foreach (var file in Files)
            foreach (var row in ReadFile(file))
                yield return row;
    }

    public void Dispose() => _embedded.Dispose();

    private IEnumerable<Row> ReadFile(DataFile file)
    {
        var media = new MediaReader(new PathResolver(Root, _options.ImageRoot), _embedded);
        var parser = new RowParser(media, file.Split, _options.Boxes);
        using var rows = Rows(file).GetEnumerator();
        var count = 0L;
        while (true)
        {
            Row row;
            try
            {
                if (!rows.MoveNext()) break;
                count++;
                if (RowParser.DescribesOtherFiles(rows.Current))
                {
                    _notices.Add($"{Path.GetFileName(file.Path)} describes other files and is not needed: data are recognised by content");
                    continue;
                }
                row = parser.Parse(rows.Current, file.Path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                row = Row.Of(new UnusableRow(new SampleOrigin(file.Path, count), $"cannot be read ({e.Message.ReplaceLineEndings(" ")})", "check the file and the disk"));
                rows.Dispose();
            }
            _keys.Add(row.Keys ?? []);
            yield return row;
            if (parser.SawFoodieQa) _notices.Add(RowParser.FoodieQaLicence);
        }
        if (count == 0)
            yield return Row.Of(new UnusableRow(new SampleOrigin(file.Path, 1), "holds no rows", "leave the file out, or fill it"));
    }

    private IEnumerable<RawRow> Rows(DataFile file)
    {
        if (file.Format == DataFormat.Parquet) return ParquetRows.Read(file.Path);
        return ReadText(file);
    }

    private IEnumerable<RawRow> ReadText(DataFile file)
    {
        using var stream = Utf8Input.Open(file.Path);
        var rows = file.Format switch
        {
            DataFormat.JsonLines => JsonLinesReader.Read(stream, _options.MaximumRowBytes),
            DataFormat.Csv => DelimitedReader.Read(stream, ',', _options.MaximumRowBytes),
            DataFormat.Tsv => DelimitedReader.Read(stream, '\t', _options.MaximumRowBytes),
            _ => JsonArrayReader.Read(stream, _options.MaximumRowBytes),
        };
        foreach (var row in rows) yield return row;
    }

    private static void Recognise(string path, string root, bool single, List<DataFile> files, List<UnusableRow> unrecognised)
    {
        var named = single || DataEndings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);
        string found;
        try
        {
            if (FileSniffer.Recognise(path, out found) is { } format)
            {
                files.Add(new DataFile(path, format, SplitNames.OfFile(path, root)));
                return;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            (named, found) = (true, $"cannot be read ({e.Message.ReplaceLineEndings(" ")})");
        }
        if (named)
            unrecognised.Add(new UnusableRow(new SampleOrigin(path, 1), $"is {found}", "give JSON, JSONL, CSV, TSV or Parquet, or leave the file out"));
    }

    private static IEnumerable<string> Candidates(string root) => Directory
        .EnumerateFiles(root, "*", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = 4,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.Hidden,
        })
        .Take(MaximumFiles)
        .Where(f => !MediaEndings.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))
        .Order(StringComparer.Ordinal);
}
