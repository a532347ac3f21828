using System.Globalization;
using System.Text.Json;
using Litre.Core;
using Litre.Core.Json;

namespace Litre.Inference.Constraints.Schemas;

/// <summary>A JSON schema, and the references inside it.</summary>
internal sealed class SchemaDocument
{
    private SchemaDocument(JsonElement root) => Root = new(root, "#");

    public SchemaPart Root { get; }

    /// <exception cref="InputException">The text is not JSON, or not a schema.</exception>
    public static SchemaDocument Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            JsonText.CheckTexts(document.RootElement);
            return new(document.RootElement.Clone());
        }
        catch (JsonException e)
        {
            throw new InputException(
                "json-schema",
                null,
                $"is not valid JSON ({e.Message.Split(" LineNumber", 2)[0].TrimEnd('.')}; line {(e.LineNumber ?? 0) + 1})",
                "fix the schema",
                e
            );
        }
    }

    /// <summary>The schema that a <c>$ref</c> names.</summary>
    /// <param name="part">The schema that has the reference.</param>
    /// <param name="reference">The reference.</param>
    /// <exception cref="InputException">It is outside the document or does not exist.</exception>
    public SchemaPart Resolve(SchemaPart part, string reference)
    {
        if (reference is not "#" && !reference.StartsWith("#/", StringComparison.Ordinal))
            throw part.Error($"'$ref' to '{reference}' is not supported", "refer to a place inside the schema, such as #/$defs/NAME");
        var (element, path) = (Root.Element, Root);
        foreach (var step in reference.Split('/').Skip(1))
        {
            var name = Uri.UnescapeDataString(step)
                .Replace("~1", "/", StringComparison.Ordinal)
                .Replace("~0", "~", StringComparison.Ordinal);
            var next = default(JsonElement);
            var found = element.ValueKind switch
            {
                JsonValueKind.Object => element.TryGetProperty(name, out next),
                JsonValueKind.Array => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                    && index < element.GetArrayLength()
                    && (next = element[index]).ValueKind != JsonValueKind.Undefined,
                _ => false,
            };
            if (!found)
                throw part.Error($"'$ref' to '{reference}', which the schema does not contain", "correct the reference");
            element = next;
            path = path.At(name, element);
        }
        return path;
    }
}
