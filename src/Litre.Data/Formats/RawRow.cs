namespace Litre.Data.Formats;

/// <summary>
/// A row as read, before its meaning: dictionaries, lists, strings, doubles, booleans, byte arrays and null. Or why it
/// could not be read.
/// </summary>
/// <param name="Line">Line of the file where it begins, from 1; for Parquet the row's number.</param>
/// <param name="Value">The row; null where it could not be read.</param>
/// <param name="Reason">Why it could not be read.</param>
/// <param name="Remedy">What would fix it.</param>
internal readonly record struct RawRow(long Line, object? Value, string? Reason = null, string? Remedy = null)
{
    /// <summary>Number of the row in its file, from 1, where the line alone does not say which row it is.</summary>
    public long? Number { get; init; }

    /// <summary>The side under whose name the row stands in its file; null where it stands under none.</summary>
    public string? Split { get; init; }

    /// <summary>The file's own name of each key that was renamed; null where none was.</summary>
    public IReadOnlyDictionary<string, string>? Names { get; init; }
}
