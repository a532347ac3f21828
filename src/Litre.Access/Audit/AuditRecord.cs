using System.Text.Json;

namespace Litre.Access.Audit;

/// <summary>A line of an audit log that was read.</summary>
/// <param name="File">The name of its file.</param>
/// <param name="Line">Its number in that file, from 1.</param>
/// <param name="Fields">All of its fields.</param>
/// <param name="Problem">What is wrong with it, or null.</param>
public sealed record AuditRecord(string File, int Line, JsonElement Fields, string? Problem)
{
    /// <summary>A field of text; null if the line has none of that name.</summary>
    public string? Text(string field) =>
        Fields.ValueKind == JsonValueKind.Object && Fields.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
