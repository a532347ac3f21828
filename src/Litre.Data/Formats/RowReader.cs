namespace Litre.Data.Formats;

/// <summary>Reads the rows of one file and converts their key names to the standard ones.</summary>
/// <param name="file">The file.</param>
/// <param name="options">How data are read.</param>
/// <param name="notice">Receives notices for the user; each text continues after the file's name.</param>
internal sealed class RowReader(DataFile file, DataSetOptions options, Action<string> notice)
{
    private const int HeadBytes = 1 << 18;

    /// <summary>All rows, numbered if their lines do not distinguish them.</summary>
    public IEnumerable<RawRow> Read()
    {
        var rows = RowNumbering.Number(Values().SelectMany(r => RowExpansion.Expand(r, notice)).Select(Named));
        return file.Mapping?.MaximumRows is { } most ? First(rows, most) : rows;
    }

    private IEnumerable<RawRow> First(IEnumerable<RawRow> rows, long maximum)
    {
        var count = 0L;
        foreach (var row in rows)
        {
            if (++count > maximum)
            {
                notice($"has more than {maximum} rows; the first {maximum} are read, as num_samples in {DatasetInfo.FileName} states");
                yield break;
            }
            yield return row;
        }
    }

    private IEnumerable<RawRow> Values()
    {
        if (file.Format == DataFormat.Parquet)
        {
            foreach (var row in ParquetRows.Read(file.Path))
                yield return row;
            yield break;
        }
        var table = file.Format is DataFormat.Csv or DataFormat.Tsv ? Header() : null;
        using var stream = Utf8Input.Open(file.Path, notice);
        var rows = file.Format switch
        {
            DataFormat.JsonLines => JsonLinesReader.Read(stream, options.MaximumRowBytes),
            DataFormat.Csv or DataFormat.Tsv => table == null ? [] : DelimitedReader.Read(stream, table, options.MaximumRowBytes),
            DataFormat.Text => TextLines.Read(stream, options.MaximumRowBytes),
            _ => JsonArrayReader.Read(stream, options.MaximumRowBytes, notice),
        };
        foreach (var row in rows)
            yield return row;
    }

    private TableHeader? Header()
    {
        using var stream = Utf8Input.Open(file.Path);
        var head = new byte[HeadBytes];
        var count = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return TableHeader.Recognize(head.AsSpan(0, count), out _);
    }

    private RawRow Named(RawRow row)
    {
        if (row.Value is not Dictionary<string, object?> map)
            return row;
        try
        {
            var names = new Dictionary<string, string>();
            if (file.Mapping is { } mapping)
                map = mapping.Apply(map, names);
            map = RowNaming.Apply(map, options.Question, names);
            if (row.Split != null && !map.ContainsKey("split"))
                map = new Dictionary<string, object?>(map) { ["split"] = row.Split };
            return row with { Value = map, Names = names };
        }
        catch (RowException e)
        {
            return row with { Value = null, Reason = e.Message, Remedy = e.Remedy };
        }
    }
}
