namespace Litre.Data.Formats;

/// <summary>
/// A row as read, before interpretation: dictionaries, lists, strings, doubles, booleans, byte arrays and null. Or why it
/// could not be read.
/// </summary>
/// <param name="Line">The line of the file in which it starts, from 1; for Parquet the row's number.</param>
/// <param name="Value">The row; null if it could not be read.</param>
/// <param name="Reason">Why it could not be read.</param>
/// <param name="Remedy">How to fix it.</param>
internal readonly record struct RawRow(long Line, object? Value, string? Reason = null, string? Remedy = null)
{
    /// <summary>The row's number in its file, from 1, if the line alone does not identify it.</summary>
    public long? Number { get; init; }

    /// <summary>The split under whose name the row is stored in its file; null if there is none.</summary>
    public string? Split { get; init; }

    /// <summary>The file's own name of each renamed key; null if there is none.</summary>
    public IReadOnlyDictionary<string, string>? Names { get; init; }
}
