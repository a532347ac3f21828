namespace Litre.Data.Formats;

/// <summary>A file that rows are read from.</summary>
/// <param name="Path">The file.</param>
/// <param name="Format">Recognised by content.</param>
/// <param name="Split">The side that its name or folder says; null where it says none.</param>
public sealed record DataFile(string Path, DataFormat Format, string? Split)
{
    /// <summary>How a <c>dataset_info.json</c> describes it; null where none does.</summary>
    internal ColumnMapping? Mapping { get; init; }
}
