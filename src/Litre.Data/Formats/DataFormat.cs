namespace Litre.Data.Formats;

/// <summary>How a data file lays out its rows.</summary>
public enum DataFormat
{
    JsonArray,
    JsonLines,

    /// <summary>JSON objects over several lines, one after another.</summary>
    JsonObjects,
    Csv,
    Tsv,
    Parquet,
}
