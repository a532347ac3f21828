namespace Litre.Data.Formats;

/// <summary>
/// A row as read, before its meaning: dictionaries, lists, strings, doubles, booleans, byte arrays and null. Or why it
/// could not be read.
/// </summary>
internal readonly record struct RawRow(long Line, object? Value, string? Reason = null, string? Remedy = null);
