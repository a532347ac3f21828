using System.Text.Json;
using Litre.Core;
using Litre.Inference.Constraints.Automata;

namespace Litre.Inference.Constraints.Schemas;

/// <summary>
/// Turns a JSON schema into the grammar of the texts that have its form. Properties are in the order of the schema. If a schema names
/// properties and says nothing about others, there are no others. Every text of the grammar is valid; not every valid text is in it.
/// </summary>
internal sealed class SchemaCompiler
{
    private static readonly SchemaSet Strings = new(new SchemaPart(JsonElement.Parse("""{"type":"string"}"""), "string"));

    // Readers of JSON commonly stop at a depth of 64.
    private const int MaxDepth = 40;
    private const int MaxRules = 10_000;
    private const int MaxAlternatives = 256;
    private const int MaxMerged = 5_000;
    private const int MaxNesting = 64;

    private readonly SchemaDocument _document;
    private readonly GrammarBuilder _builder = new();
    private readonly JsonTextRules _rules;
    private readonly Dictionary<string, GrammarRule> _known = [];
    private readonly Queue<(SchemaSet Schema, GrammarRule Rule)> _open = [];
    private readonly Dictionary<string, List<SchemaSet>> _same = []; // schemas whose values are those of another one

    private int _merged;

    private SchemaCompiler(SchemaDocument document)
    {
        _document = document;
        _rules = new(_builder);
    }

    /// <summary>Any JSON object.</summary>
    public static Grammar AnyObject { get; } = Compile("""{"type":"object"}""");

    /// <exception cref="InputException">
    /// The schema is damaged, uses a keyword that is not supported, is too large, or no value satisfies it.
    /// </exception>
    public static Grammar Compile(string text)
    {
        var document = SchemaDocument.Parse(text);
        try
        {
            return new SchemaCompiler(document).Compile();
        }
        catch (AutomatonLimitException e)
        {
            throw document.Root.Error($"the schema is too large: {e.Message}", "use smaller limits or fewer properties");
        }
    }

    private Grammar Compile()
    {
        var root = new SchemaSet(_document.Root);
        var start = RuleOf(root);
        while (_open.TryDequeue(out var next))
            Add(next.Schema, next.Rule);
        RefuseCircles();
        var grammar = _builder.Build(start, MaxDepth);
        return grammar.HasText
            ? grammar
            : throw _document.Root.Error(
                $"no value of at most {MaxDepth} levels satisfies the schema",
                "check required properties that contain themselves, and limits that exclude each other"
            );
    }

    private GrammarRule RuleOf(SchemaSet schema)
    {
        if (_known.TryGetValue(schema.Key, out var rule))
            return rule;
        if (_known.Count == MaxRules)
            throw new AutomatonLimitException($"it has more than {MaxRules:N0} schemas");
        _known.Add(schema.Key, rule = _builder.AddRule());
        _open.Enqueue((schema, rule));
        return rule;
    }

    private void Add(SchemaSet schema, GrammarRule rule)
    {
        if (schema.Parts.Count == 1 && !SchemaReader.HasFacts(schema.Parts[0]) && Single(schema.Parts[0]) is { } others)
        {
            // Called rather than merged, so that a schema can contain itself.
            _same.Add(schema.Key, others);
            foreach (var other in others)
                _builder.AddCall(rule.Start, RuleOf(other), rule.End, 0);
            return;
        }
        foreach (var facts in Alternatives(schema.Parts, 0))
            Add(facts, rule);
    }

    // The schemas that one schema is the union of, if it is nothing else.
    private List<SchemaSet>? Single(SchemaPart part)
    {
        var combining = part.Element.EnumerateObject().Where(p => SchemaReader.Combining.Contains(p.Name)).ToList();
        if (combining.Count != 1)
            return null;
        return combining[0] switch
        {
            { Name: "$ref" } reference => [new(Resolve(part, reference.Value))],
            { Name: "allOf" } all => SchemaReader.List(part, "allOf", all.Value) is [var only] ? [new(only)] : null,
            var any => [.. SchemaReader.List(part, any.Name, any.Value).Select(p => new SchemaSet(p))],
        };
    }

    private SchemaPart Resolve(SchemaPart part, JsonElement reference) =>
        reference.ValueKind == JsonValueKind.String
            ? _document.Resolve(part, reference.GetString()!)
            : throw part.Error("'$ref' must be text");

    // What schemas say together: one of the alternatives.
    private List<SchemaFacts> Alternatives(IEnumerable<SchemaPart> parts, int nesting)
    {
        List<SchemaFacts>? all = null;
        foreach (var part in parts)
        {
            if (nesting > 0 && ++_merged > MaxMerged)
                throw new AutomatonLimitException($"it merges more than {MaxMerged:N0} schemas");
            if (nesting > MaxNesting)
                throw part.Error("'$ref' and 'allOf' are nested too deeply, or a schema contains itself", "remove the circle");
            Combine(part, [SchemaReader.Read(part)]);
            if (part.Element.ValueKind != JsonValueKind.Object)
                continue;
            foreach (var property in part.Element.EnumerateObject().Where(p => SchemaReader.Combining.Contains(p.Name)))
            {
                if (property.Name == "$ref")
                    Combine(part, Alternatives([Resolve(part, property.Value)], nesting + 1));
                else if (property.Name == "allOf")
                    Combine(part, Alternatives(SchemaReader.List(part, property.Name, property.Value), nesting + 1));
                else
                    Combine(
                        part,
                        [.. SchemaReader.List(part, property.Name, property.Value).SelectMany(p => Alternatives([p], nesting + 1))]
                    );
            }
        }
        return all ?? [];

        void Combine(SchemaPart part, List<SchemaFacts> next)
        {
            all = all is null ? next : [.. all.SelectMany(a => next.Select(n => a.And(n)))];
            if (all.Count > MaxAlternatives)
                throw part.Error($"'anyOf' with other conditions has more than {MaxAlternatives} combinations", "simplify the schema");
        }
    }

    private void Add(SchemaFacts facts, GrammarRule rule)
    {
        if (facts.Values is not null)
        {
            AddValues(facts, rule);
            return;
        }
        var implied =
            (facts.DescribesObject ? ValueTypes.Object : 0)
            | (facts.DescribesArray ? ValueTypes.Array : 0)
            | (facts.DescribesString ? ValueTypes.String : 0)
            | (facts.DescribesNumber ? ValueTypes.Number : 0);
        if (facts.Types is null && implied == 0)
        {
            _builder.AddCall(rule.Start, _rules.AnyValue, rule.End, 0);
            return;
        }
        var types = facts.Types ?? implied;
        if (types.HasFlag(ValueTypes.Null))
            _builder.AddEmpty(_builder.AddText(rule.Start, "null"u8), rule.End);
        if (types.HasFlag(ValueTypes.Boolean))
            _builder.AddTexts(rule.Start, ["true"u8.ToArray(), "false"u8.ToArray()], rule.End);
        if (types.HasFlag(ValueTypes.Integer))
            NumberRules.Add(_builder, rule.Start, rule.End, facts.Bounds, isInteger: !types.HasFlag(ValueTypes.Fraction));
        if (types.HasFlag(ValueTypes.String))
            AddString(facts, rule);
        if (types.HasFlag(ValueTypes.Array))
            AddArray(facts, rule);
        if (types.HasFlag(ValueTypes.Object))
            AddObject(facts, rule);
    }

    private void AddValues(SchemaFacts facts, GrammarRule rule)
    {
        var allowed = facts.Values!.Where(v => IsAllowed(facts, v)).ToList();
        if (allowed.Count == 0)
            throw facts.Part.Error("no value of 'enum' or 'const' satisfies the other conditions", "correct the schema");
        _builder.AddTexts(rule.Start, [.. allowed.Select(JsonTextRules.Write)], rule.End);
    }

    private static bool IsAllowed(SchemaFacts facts, JsonElement value)
    {
        var (type, allowed) = value.ValueKind switch
        {
            JsonValueKind.Null => (ValueTypes.Null, true),
            JsonValueKind.True or JsonValueKind.False => (ValueTypes.Boolean, true),
            JsonValueKind.String => (ValueTypes.String, facts.String.Contains(facts.Part, value.GetString()!)),
            JsonValueKind.Number => (
                Math.Truncate(value.GetDouble()) == value.GetDouble() ? ValueTypes.Integer : ValueTypes.Fraction,
                !facts.DescribesNumber || (value.TryGetDecimal(out var number) && facts.Bounds.Contains(number))
            ),
            JsonValueKind.Object when facts.DescribesObject => throw Combined("objects"),
            JsonValueKind.Array when facts.DescribesArray => throw Combined("arrays"),
            JsonValueKind.Object => (ValueTypes.Object, true),
            _ => (ValueTypes.Array, true),
        };
        return allowed && (facts.Types is not { } types || types.HasFlag(type));

        InputException Combined(string kind) =>
            facts.Part.Error($"'enum' and 'const' with {kind} and other conditions on {kind} are not supported", "remove one of them");
    }

    private void AddString(SchemaFacts facts, GrammarRule rule)
    {
        if (facts.String is { IsPlain: false } text)
            _rules.AddString(rule, text.Automaton(facts.Part));
        else if (facts.DescribesString)
            _rules.AddString(rule, facts.String.Least, facts.String.Most);
        else
            _builder.AddCall(rule.Start, _rules.AnyString, rule.End, 0);
    }

    private void AddArray(SchemaFacts facts, GrammarRule rule)
    {
        if (!facts.DescribesArray)
        {
            _builder.AddCall(rule.Start, _rules.AnyArray, rule.End, 0);
            return;
        }
        // All of the first items are given, where the schema lets them be left out.
        var prefix = Math.Min(facts.Prefix.Count, facts.MostItems ?? int.MaxValue);
        var least = Math.Max(facts.LeastItems, prefix);
        // Items that the schema says nothing about are left out, unless all are.
        var hasItems = facts.Items is not null || facts.Prefix.Count == 0 || least > prefix;
        var most = hasItems ? facts.MostItems : prefix;
        var item = facts.Items is { } items ? RuleOf(items) : _rules.AnyValue;
        var open = _builder.AddText(rule.Start, "["u8);
        var close = _builder.AddNode();
        _builder.AddBytes(close, (byte)']', (byte)']', rule.End);
        if (least == 0)
            _builder.AddEmpty(open, close);
        if (most == 0)
            return;
        var before = _rules.AddSpace(open);
        for (var i = 0; ; i++)
        {
            var after = _builder.AddNode();
            _builder.AddCall(before, i < prefix ? RuleOf(facts.Prefix[i]) : item, after, 1);
            if (i + 1 >= least)
                _builder.AddEmpty(_rules.AddSpace(after), close);
            if (i + 1 == most)
                return;
            var next = _rules.AddSpace(_builder.AddText(after, ","u8));
            if (most is null && i >= prefix && i + 1 >= least)
            {
                _builder.AddEmpty(next, before);
                return;
            }
            before = next;
        }
    }

    private void AddObject(SchemaFacts facts, GrammarRule rule)
    {
        if (!facts.DescribesObject)
        {
            _builder.AddCall(rule.Start, _rules.AnyObject, rule.End, 0);
            return;
        }
        var properties = facts.Properties.Select(p => (p.Name, Rule: RuleOf(p.Schema))).ToList();
        foreach (var name in facts.Required.Where(r => facts.Properties.All(p => p.Name != r)))
            properties.Add((name, facts.Additional is { } schema ? RuleOf(schema) : _rules.AnyValue));
        var open = _builder.AddText(rule.Start, "{"u8);
        var close = _builder.AddNode();
        _builder.AddBytes(close, (byte)'}', (byte)'}', rule.End);
        if (facts.Required.Count == 0)
            _builder.AddEmpty(open, close);
        // After each property, and before the next one of the schema.
        var after = Enumerable.Range(0, properties.Count + 1).Select(_ => _builder.AddNode()).ToArray();
        var before = Enumerable.Range(0, properties.Count + 1).Select(_ => _builder.AddNode()).ToArray();
        var ending = _rules.AddSpace(after[^1]);
        _builder.AddEmpty(ending, close);
        _builder.AddEmpty(_rules.AddSpace(open), before[0]);
        var canEnd = true; // whether the properties behind the current one may be left out
        for (var i = properties.Count - 1; i >= 0; i--)
        {
            var (name, value) = properties[i];
            _builder.AddEmpty(_rules.AddSpace(_builder.AddText(after[i + 1], ","u8)), before[i + 1]);
            if (canEnd && i + 1 < properties.Count)
                _builder.AddEmpty(after[i + 1], after[^1]);
            _builder.AddCall(_rules.AddColon(_builder.AddText(before[i], JsonTextRules.Quote(name))), value, after[i + 1], 1);
            if (facts.Required.Contains(name))
                canEnd = false;
            else
                _builder.AddEmpty(before[i], before[i + 1]);
        }
        AddAdditional(facts, [.. properties.Select(p => p.Name)], before[^1], after[^1]);
    }

    private void AddAdditional(SchemaFacts facts, string[] names, int before, int after)
    {
        if (facts.Names is not null && names.Length > 0 && facts.Names.Parts.Any(p => !IsAnyName(p)))
            throw facts.Part.Error("'propertyNames' with 'properties' is not supported", "remove one of them");
        // A schema that names no property describes a map.
        if (facts.Additional is null && names.Length > 0)
            return;
        var (named, value) = (_builder.AddNode(), facts.Additional is { } schema ? RuleOf(schema) : _rules.AnyValue);
        if (names.Length > 0)
            _rules.AddNameExcept(before, names, named);
        else
            _builder.AddCall(before, facts.Names is { } rule ? RuleOf(SchemaSet.And(rule, Strings)!) : _rules.AnyString, named, 0);
        _builder.AddCall(_rules.AddColon(named), value, after, 1);
        if (names.Length == 0)
            _builder.AddEmpty(_rules.AddSpace(_builder.AddText(after, ","u8)), before);

        static bool IsAnyName(SchemaPart part) =>
            part.Element.ValueKind == JsonValueKind.True
            || (
                SchemaReader.Read(part) is { Values: null, DescribesString: false } facts
                && facts.Types?.HasFlag(ValueTypes.String) != false
            );
    }

    // A schema that is the same as itself says nothing.
    private void RefuseCircles()
    {
        var done = new HashSet<string>();
        var path = new HashSet<string>();
        foreach (var key in _same.Keys)
            Visit(key);

        void Visit(string key)
        {
            if (!_same.TryGetValue(key, out var others) || done.Contains(key))
                return;
            path.Add(key);
            foreach (var other in others)
            {
                if (path.Contains(other.Key))
                    throw other.Parts[0].Error("the schema refers to itself without a value around it", "remove the circle");
                Visit(other.Key);
            }
            path.Remove(key);
            done.Add(key);
        }
    }
}
