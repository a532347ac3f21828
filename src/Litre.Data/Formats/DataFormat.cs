namespace Litre.Data.Formats;

/// <summary>How a data file lays out its rows.</summary>
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

    /// <summary>Plain text, one row a line.</summary>
    Text,
}
