using System.Text;
using Litre.Inference.Constraints.Automata;
using Litre.Inference.Constraints.Expressions;

namespace Litre.Inference.Constraints.Schemas;

/// <summary>What a schema says about strings.</summary>
/// <param name="Least">The fewest characters.</param>
/// <param name="Most">The most characters; null for no limit.</param>
/// <param name="Patterns">Regular expressions that a part of the string matches, with the schemas that state them.</param>
/// <param name="Formats">Formats, with the schemas that state them.</param>
internal sealed record StringFacts(
    int Least,
    int? Most,
    IReadOnlyList<(SchemaPart Part, string Text)> Patterns,
    IReadOnlyList<(SchemaPart Part, string Name)> Formats
)
{
    public static StringFacts Any { get; } = new(0, null, [], []);

    /// <summary>Whether the length alone is limited, if anything.</summary>
    public bool IsPlain => Patterns.Count == 0 && Formats.Count == 0;

    public StringFacts And(StringFacts other) =>
        new(
            Math.Max(Least, other.Least),
            Most is { } most ? Math.Min(most, other.Most ?? most) : other.Most,
            [.. Patterns.Concat(other.Patterns).DistinctBy(p => p.Text)],
            [.. Formats.Concat(other.Formats).DistinctBy(f => f.Name)]
        );

    /// <summary>The strings, as UTF-8 without quotes and escapes.</summary>
    /// <exception cref="Core.InputException">A pattern or format is not supported, is too large, or excludes every string.</exception>
    public ByteAutomaton Automaton(SchemaPart part)
    {
        ByteAutomaton? result = null;
        foreach (var (from, text) in Patterns)
            Restrict(from, "pattern", text, isWhole: false);
        foreach (var (from, name) in Formats)
        {
            if (StringFormats.Pattern(name, Patterns.Count > 0) is not { } pattern)
                throw from.Error(
                    $"'format' \"{name}\" is not supported",
                    $"use one of {string.Join(", ", StringFormats.Names)}, a 'pattern', or no format"
                );
            Restrict(from, "format", pattern, isWhole: true);
        }
        result ??= ExpressionCompiler.Any;
        if (Least > 0 || Most is not null)
        {
            try
            {
                result = result.WithLength(Least, Most).Trim();
            }
            catch (AutomatonLimitException e)
            {
                throw part.Error($"'minLength' or 'maxLength' with a pattern is too large: {e.Message}", "use smaller limits");
            }
        }
        return result.IsEmpty ? throw part.Error("no string has its 'pattern', 'format' and length", "correct the schema") : result;

        void Restrict(SchemaPart from, string keyword, string text, bool isWhole)
        {
            try
            {
                var next = ExpressionCompiler.Compile(text, isWhole);
                result = result?.Intersect(next) ?? next;
            }
            catch (Exception e) when (e is ExpressionException or AutomatonLimitException)
            {
                throw from.Error($"'{keyword}' \"{SchemaPart.Shown(text)}\": {e.Message}", "correct the expression or use a simpler one");
            }
        }
    }

    /// <summary>Whether a string satisfies them.</summary>
    public bool Contains(SchemaPart part, string text)
    {
        var length = text.EnumerateRunes().Count();
        return length >= Least && !(length > Most) && (IsPlain || Automaton(part).Matches(Encoding.UTF8.GetBytes(text)));
    }
}
