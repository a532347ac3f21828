using System.Text.Json;

namespace Litre.Inference.Constraints.Schemas;

/// <summary>
/// What a schema, or several at the same time, say about a value. Schemas of alternatives and references are not part of it.
/// </summary>
internal sealed record SchemaFacts(SchemaPart Part)
{
    /// <summary>The kinds of values that are allowed; null if none is named.</summary>
    public ValueTypes? Types { get; init; }

    /// <summary>The values that are allowed, or null for any.</summary>
    public IReadOnlyList<JsonElement>? Values { get; init; }

    /// <summary>Whether anything is said about objects.</summary>
    public bool DescribesObject { get; init; }

    public bool DescribesArray { get; init; }

    public bool DescribesString => String != StringFacts.Any;

    public bool DescribesNumber => !Bounds.IsUnlimited;

    /// <summary>The schema of each property, in the order of an answer.</summary>
    public IReadOnlyList<(string Name, SchemaSet Schema)> Properties { get; init; } = [];

    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>The schema of other properties; null if the schema says nothing about them.</summary>
    public SchemaSet? Additional { get; init; }

    /// <summary>The schema of their names, or null.</summary>
    public SchemaSet? Names { get; init; }

    /// <summary>The schemas of the first items.</summary>
    public IReadOnlyList<SchemaSet> Prefix { get; init; } = [];

    /// <summary>The schema of the items behind them; null if the schema says nothing about them.</summary>
    public SchemaSet? Items { get; init; }

    public int LeastItems { get; init; }

    public int? MostItems { get; init; }

    public StringFacts String { get; init; } = StringFacts.Any;

    public NumberBounds Bounds { get; init; }

    /// <summary>What both say.</summary>
    public SchemaFacts And(SchemaFacts other) =>
        new(Part)
        {
            Types = Types is { } types ? types & (other.Types ?? types) : other.Types,
            Values =
                Values is null ? other.Values
                : other.Values is null ? Values
                : [.. Values.Where(v => other.Values.Any(o => JsonElement.DeepEquals(v, o)))],
            DescribesObject = DescribesObject || other.DescribesObject,
            DescribesArray = DescribesArray || other.DescribesArray,
            Properties =
            [
                .. Properties.Select(p => (p.Name, SchemaSet.And(p.Schema, other.Property(p.Name))!)),
                .. other
                    .Properties.Where(p => Properties.All(o => o.Name != p.Name))
                    .Select(p => (p.Name, SchemaSet.And(p.Schema, Additional)!)),
            ],
            Required = [.. Required.Union(other.Required)],
            Additional = SchemaSet.And(Additional, other.Additional),
            Names = SchemaSet.And(Names, other.Names),
            Prefix =
            [
                .. Enumerable.Range(0, Math.Max(Prefix.Count, other.Prefix.Count)).Select(i => SchemaSet.And(Item(i), other.Item(i))!),
            ],
            Items = SchemaSet.And(Items, other.Items),
            LeastItems = Math.Max(LeastItems, other.LeastItems),
            MostItems = MostItems is { } most ? Math.Min(most, other.MostItems ?? most) : other.MostItems,
            String = DescribesString ? String.And(other.String) : other.String,
            Bounds = Bounds.And(other.Bounds),
        };

    // What is said about a property: if it is not named, it is an additional one.
    private SchemaSet? Property(string name) => Properties.FirstOrDefault(p => p.Name == name).Schema ?? Additional;

    private SchemaSet? Item(int index) => index < Prefix.Count ? Prefix[index] : Items;
}
