using Litre.Core;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

/// <summary>
/// A file or folder of data in any of the accepted formats, recognized by content and read row by row. Not
/// thread-safe; samples that were read stay valid until disposal.
/// </summary>
public sealed class DataSet : IDisposable
{
    private readonly DataSetOptions _options;
    private readonly EmbeddedImages _embedded;
    private readonly SortedSet<string> _notices = new(StringComparer.Ordinal);

    private DataSet(DataFiles files, DataSetOptions options)
    {
        (Root, Files, Unrecognized, _options) = (files.Root, files.Found, files.Unrecognized, options);
        _notices.UnionWith(files.Notices);
        _embedded = new EmbeddedImages(options.EmbeddedMemoryBytes);
    }

    /// <summary>The folder of the data.</summary>
    public string Root { get; }

    /// <summary>Files with rows, in reading order.</summary>
    public IReadOnlyList<DataFile> Files { get; }

    /// <summary>Files named as data that contain no readable rows.</summary>
    public IReadOnlyList<UnusableRow> Unrecognized { get; }

    /// <summary>What the user should know about these data, such as licenses. Complete after reading.</summary>
    public IReadOnlyCollection<string> Notices => _notices;

    /// <summary>Finds the data files of a folder, or opens one file.</summary>
    /// <exception cref="InputException">The path does not exist or contains no data.</exception>
    public static DataSet Open(string path, DataSetOptions? options = null)
    {
        options ??= DataSetOptions.Default;
        if (options.ImageRoot is { } imageRoot && !Directory.Exists(imageRoot))
            throw new InputException("image-root", imageRoot, "no such folder", "give the folder that image paths start from");
        try
        {
            var files = DataFiles.Find(path, options.TextRows);
            if (files.Found.Count > 0)
                return new DataSet(files, options);
            var first = files.Unrecognized.Count > 0 ? $" ({files.Unrecognized[0].Origin.File}: {files.Unrecognized[0].Reason})" : "";
            throw new InputException(
                "data",
                path,
                $"contains no recognized data{first}",
                "expected JSON, JSONL, CSV, TSV or Parquet with messages, conversations, or question and answer"
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException(
                "data",
                path,
                $"cannot be read ({e.Message.ReplaceLineEndings(" ")})",
                "check the path and its permissions",
                e
            );
        }
    }

    /// <summary>All rows of all files in order, usable or not.</summary>
    public IEnumerable<Row> Read()
    {
        foreach (var unusable in Unrecognized)
            yield return Row.Of(unusable);
        foreach (var file in Files)
        foreach (var row in ReadFile(file))
            yield return row;
    }

    public void Dispose() => _embedded.Dispose();

    private IEnumerable<Row> ReadFile(DataFile file)
    {
        var media = new MediaReader(new PathResolver(Root, _options.ImageRoot), _embedded);
        var parser = new RowParser(media, file.Split, _options.Boxes, _options.TextRows, file.Format is DataFormat.Csv or DataFormat.Tsv);
        var name = Path.GetFileName(file.Path);
        using var rows = new RowReader(file, _options, what => _notices.Add($"{name} {what}")).Read().GetEnumerator();
        var count = 0L;
        while (true)
        {
            Row row;
            try
            {
                if (!rows.MoveNext())
                    break;
                count++;
                row = parser.Parse(rows.Current, file.Path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                row = Row.Of(
                    new UnusableRow(
                        new SampleOrigin(file.Path, count),
                        $"cannot be read ({e.Message.ReplaceLineEndings(" ")})",
                        "check the file and the disk"
                    )
                );
                rows.Dispose();
            }
            yield return row;
            if (parser.SawFoodieQa)
                _notices.Add(RowParser.FoodieQaLicense);
        }
        if (count == 0)
            yield return Row.Of(new UnusableRow(new SampleOrigin(file.Path, 1), "contains no rows", "omit the file, or add rows to it"));
    }
}
