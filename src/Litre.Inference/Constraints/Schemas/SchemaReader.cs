using System.Text.Json;
using Litre.Core;

namespace Litre.Inference.Constraints.Schemas;

/// <summary>Reads the keywords of one schema. A keyword that is not supported is refused; annotations are ignored.</summary>
internal static class SchemaReader
{
    private const int MaxProperties = 1000;
    private const int MaxValues = 10_000;

    private static readonly HashSet<string> Annotations =
    [
        "$comment",
        "$defs",
        "$id",
        "$schema",
        "contentEncoding",
        "contentMediaType",
        "default",
        "definitions",
        "deprecated",
        "description",
        "example",
        "examples",
        "readOnly",
        "title",
        "writeOnly",
    ];

    /// <summary>Keywords that combine schemas, which the caller reads.</summary>
    public static IReadOnlySet<string> Combining { get; } = new HashSet<string> { "$ref", "allOf", "anyOf", "oneOf" };

    /// <summary>Whether a schema has keywords that restrict values by themselves.</summary>
    public static bool HasFacts(SchemaPart part) =>
        part.Element.ValueKind != JsonValueKind.Object
        || part.Element.EnumerateObject().Any(p => !Annotations.Contains(p.Name) && !Combining.Contains(p.Name));

    /// <exception cref="InputException">A keyword is not supported or has a wrong value.</exception>
    public static SchemaFacts Read(SchemaPart part)
    {
        var facts = new SchemaFacts(part);
        switch (part.Element.ValueKind)
        {
            case JsonValueKind.True:
                return facts;
            case JsonValueKind.False:
                return facts with { Types = ValueTypes.None };
            case JsonValueKind.Object:
                break;
            default:
                throw part.Error($"a schema is an object, true or false, not {SchemaPart.Shown(part.Element)}");
        }
        foreach (var property in part.Element.EnumerateObject())
        {
            if (!Annotations.Contains(property.Name) && !Combining.Contains(property.Name))
                facts = Add(facts, part, property.Name, property.Value);
        }
        return Named(facts);
    }

    /// <summary>The schemas of a keyword that has a list of them.</summary>
    public static IReadOnlyList<SchemaPart> List(SchemaPart part, string keyword, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
            throw part.Error($"'{keyword}' must be a list of schemas");
        var list = part.At(keyword, value);
        return [.. value.EnumerateArray().Select((v, i) => list.At($"{i}", v))];
    }

    private static SchemaFacts Add(SchemaFacts facts, SchemaPart part, string keyword, JsonElement value)
    {
        switch (keyword)
        {
            case "type":
                return facts with { Types = (facts.Types ?? ValueTypes.All) & Types(part, value) };
            case "enum" when value.ValueKind == JsonValueKind.Array && value.GetArrayLength() is > 0 and <= MaxValues:
                return facts.And(new(part) { Values = [.. value.EnumerateArray()] });
            case "enum":
                throw part.Error($"'enum' must be a list of 1 to {MaxValues:N0} values");
            case "const":
                return facts.And(new(part) { Values = [value] });
            case "properties":
            case "required":
            case "additionalProperties":
            case "unevaluatedProperties":
            case "propertyNames":
                return AddOfObject(facts with { DescribesObject = true }, part, keyword, value);
            case "items":
            case "additionalItems":
            case "prefixItems":
            case "minItems":
            case "maxItems":
            case "uniqueItems":
                return AddOfArray(facts with { DescribesArray = true }, part, keyword, value);
            case "minLength":
                return facts with { String = facts.String with { Least = Count(part, keyword, value) } };
            case "maxLength":
                return facts with { String = facts.String with { Most = Count(part, keyword, value) } };
            case "pattern":
                return facts with { String = facts.String with { Patterns = [(part, Text(part, keyword, value))] } };
            case "format":
                return AddFormat(facts, part, Text(part, keyword, value));
            case "minimum":
                return Limit(new(Number(part, keyword, value), false, null, false));
            case "exclusiveMinimum":
                return Limit(new(Number(part, keyword, value), true, null, false));
            case "maximum":
                return Limit(new(null, false, Number(part, keyword, value), false));
            case "exclusiveMaximum":
                return Limit(new(null, false, Number(part, keyword, value), true));
            case "multipleOf" when value.ValueKind == JsonValueKind.Number && value.GetDouble() == 1:
                // A condition on numbers alone: other kinds of values pass.
                return facts with { Types = (facts.Types ?? ValueTypes.All) & ~ValueTypes.Fraction };
            case "nullable" when value.ValueKind == JsonValueKind.False:
                return facts;
            case "nullable":
                throw part.Error("'nullable' is not supported", "add \"null\" to the list of 'type'");
            default:
                throw part.Unsupported(keyword);
        }

        SchemaFacts Limit(NumberBounds bounds) => facts with { Bounds = facts.Bounds.And(bounds) };
    }

    private static SchemaFacts AddOfObject(SchemaFacts facts, SchemaPart part, string keyword, JsonElement value)
    {
        switch (keyword)
        {
            case "properties" when value.ValueKind == JsonValueKind.Object:
                var list = part.At(keyword, value);
                var properties = value.EnumerateObject().Select(p => (p.Name, new SchemaSet(list.At(p.Name, p.Value)))).ToArray();
                return properties.Length <= MaxProperties
                    ? facts with
                    {
                        Properties = properties,
                    }
                    : throw part.Error($"more than {MaxProperties:N0} properties are not supported");
            case "properties":
                throw part.Error("'properties' must be an object");
            case "required" when value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= MaxProperties:
                return facts with { Required = [.. value.EnumerateArray().Select(v => Text(part, keyword, v)).Distinct()] };
            case "required":
                throw part.Error($"'required' must be a list of at most {MaxProperties:N0} names");
            case "additionalProperties":
                return facts with { Additional = new(part.At(keyword, value)) };
            case "unevaluatedProperties" when value.ValueKind == JsonValueKind.False:
                // Properties that no schema names are left out anyway.
                return facts;
            case "propertyNames":
                return facts with { Names = new(part.At(keyword, value)) };
            default:
                throw part.Unsupported(keyword);
        }
    }

    private static SchemaFacts AddOfArray(SchemaFacts facts, SchemaPart part, string keyword, JsonElement value)
    {
        switch (keyword)
        {
            case "items" when value.ValueKind == JsonValueKind.Array:
            case "prefixItems":
                return facts with { Prefix = [.. List(part, keyword, value).Select(p => new SchemaSet(p))] };
            case "items":
            case "additionalItems":
                return facts with { Items = new(part.At(keyword, value)) };
            case "minItems":
                return facts with { LeastItems = Count(part, keyword, value) };
            case "maxItems":
                return facts with { MostItems = Count(part, keyword, value) };
            case "uniqueItems" when value.ValueKind == JsonValueKind.False:
                return facts;
            default:
                throw part.Unsupported(keyword);
        }
    }

    // Integer formats of OpenAPI limit numbers; all others are about strings.
    private static SchemaFacts AddFormat(SchemaFacts facts, SchemaPart part, string name) =>
        name switch
        {
            "int32" => facts with { Bounds = facts.Bounds.And(new(int.MinValue, false, int.MaxValue, false)) },
            "int64" => facts with { Bounds = facts.Bounds.And(new(long.MinValue, false, long.MaxValue, false)) },
            "float" or "double" => facts,
            _ => facts with { String = facts.String with { Formats = [(part, name)] } },
        };

    // A list of the names that properties may have names the properties.
    private static SchemaFacts Named(SchemaFacts facts)
    {
        if (facts.Names?.Parts[0] is not { Element.ValueKind: JsonValueKind.Object } names)
            return facts;
        var values =
            names.Element.TryGetProperty("enum", out var list) && list.ValueKind == JsonValueKind.Array ? Read(names).Values : null;
        if (values is null)
            return facts;
        var allowed = values.Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!).ToList();
        return facts with
        {
            Names = null,
            Properties =
            [
                .. facts.Properties.Where(p => allowed.Contains(p.Name)),
                .. allowed
                    .Where(a => facts.Properties.All(p => p.Name != a))
                    .Select(a => (a, facts.Additional ?? new SchemaSet(new SchemaPart(True, "true")))),
            ],
            Additional = new(new SchemaPart(False, "false")),
        };
    }

    private static ValueTypes Types(SchemaPart part, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
            return One(value);
        return value.GetArrayLength() > 0
            ? value.EnumerateArray().Aggregate(ValueTypes.None, (all, v) => all | One(v))
            : throw part.Error("'type' is an empty list");

        ValueTypes One(JsonElement name) =>
            Text(part, "type", name) switch
            {
                "null" => ValueTypes.Null,
                "boolean" => ValueTypes.Boolean,
                "object" => ValueTypes.Object,
                "array" => ValueTypes.Array,
                "string" => ValueTypes.String,
                "integer" => ValueTypes.Integer,
                "number" => ValueTypes.Number,
                var other => throw part.Error(
                    $"'type' \"{other}\" is not known",
                    "use null, boolean, object, array, string, integer or number"
                ),
            };
    }

    private static string Text(SchemaPart part, string keyword, JsonElement value) =>
        value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw part.Error($"'{keyword}' must be text, not {SchemaPart.Shown(value)}");

    private static int Count(SchemaPart part, string keyword, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && number >= 0 && number == decimal.Truncate(number)
            ? (int)Math.Min(number, int.MaxValue)
            : throw part.Error($"'{keyword}' must be a whole number from 0, not {SchemaPart.Shown(value)}");

    // Numbers beyond the decimal type are far beyond those that are generated.
    private static decimal Number(SchemaPart part, string keyword, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number)
            throw part.Error($"'{keyword}' must be a number, not {SchemaPart.Shown(value)}");
        if (value.TryGetDecimal(out var number))
        {
            // Smaller than the decimal type can tell from zero.
            if (number == 0 && value.GetDouble() != 0)
                throw part.Error($"'{keyword}' {SchemaPart.Shown(value)} has too many digits", "round it");
            return number;
        }
        return value.GetDouble() < 0 ? decimal.MinValue : decimal.MaxValue;
    }

    private static readonly JsonElement True = JsonElement.Parse("true");
    private static readonly JsonElement False = JsonElement.Parse("false");
}
