using System.Text.Json;
using Litre.Core;

namespace Litre.Inference.Constraints.Schemas;

/// <summary>A schema inside a document.</summary>
/// <param name="Element">Its JSON: an object, or true or false.</param>
/// <param name="Path">Where it is, as in <c>$ref</c>: <c>#/properties/name</c>.</param>
internal readonly record struct SchemaPart(JsonElement Element, string Path)
{
    private const int MaxShown = 60;

    /// <summary>The schema at a keyword, or at an entry of one.</summary>
    public SchemaPart At(string keyword, JsonElement element) =>
        new(element, $"{Path}/{keyword.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}");

    /// <summary>An error about this schema.</summary>
    /// <param name="reason">What is wrong, with the keyword in quotes.</param>
    /// <param name="remedy">What to do; null if the reason says it.</param>
    public InputException Error(string reason, string? remedy = null) => new("json-schema", null, $"{Path}: {reason}", remedy);

    public InputException Unsupported(string keyword) =>
        Error($"'{keyword}' is not supported", "remove it from the schema, and check the answers for it afterwards");

    /// <summary>A value as it appears in an error.</summary>
    public static string Shown(JsonElement value) => Shown(value.GetRawText());

    /// <summary>A text as it appears in an error.</summary>
    public static string Shown(string text) => (text.Length > MaxShown ? text[..MaxShown] + "…" : text).ReplaceLineEndings(" ");
}

/// <summary>Schemas that a value must satisfy at the same time.</summary>
internal sealed class SchemaSet
{
    public SchemaSet(params IEnumerable<SchemaPart> parts)
    {
        Parts = [.. parts.DistinctBy(p => p.Path)];
        Key = string.Join('\n', Parts.Select(p => p.Path).Order(StringComparer.Ordinal));
    }

    public IReadOnlyList<SchemaPart> Parts { get; }

    /// <summary>Equal for equal sets.</summary>
    public string Key { get; }

    /// <summary>The set that satisfies both; null is no condition.</summary>
    public static SchemaSet? And(SchemaSet? first, SchemaSet? second) =>
        first is null ? second
        : second is null ? first
        : new(first.Parts.Concat(second.Parts));
}
