using System.Text;
using Litre.Core;
using Litre.Data.Tokenization;
using Litre.Inference.Constraints.Automata;
using Litre.Inference.Constraints.Expressions;
using Litre.Inference.Constraints.Schemas;

namespace Litre.Inference.Constraints;

/// <summary>
/// Creates the constraints of answers. Grammars, and the tokens that may follow at each position, are kept for further answers of the
/// same format. Thread-safe.
/// </summary>
public sealed class ConstraintCompiler
{
    private const int MaxFormats = 16;
    private const int MaxText = 1 << 20;

    private readonly Lock _lock = new();
    private readonly LinkedList<(AnswerFormat Format, GrammarStates States)> _known = []; // the most recently used first
    private readonly TokenTrie _trie;
    private readonly HashSet<int> _stopTokens;

    /// <param name="tokenizer">The checkpoint's.</param>
    /// <param name="stopTokens">Tokens that end an answer.</param>
    /// <exception cref="ArgumentException">There are no stop tokens, so that no answer could end.</exception>
    public ConstraintCompiler(Tokenizer tokenizer, IReadOnlySet<int> stopTokens)
    {
        if (stopTokens.Count == 0)
            throw new ArgumentException("at least one stop token is needed to end an answer");
        _stopTokens = [.. stopTokens];
        // Control tokens are not part of an answer's text.
        _trie = new(
            tokenizer.VocabularySize,
            t => _stopTokens.Contains(t) || tokenizer.IsSpecial(t) ? [] : tokenizer.TokenBytes(t).ToArray()
        );
    }

    /// <summary>Creates the constraint of one answer.</summary>
    /// <exception cref="InputException">
    /// The schema or the expression is damaged, uses something that is not supported, is too large, or no answer can have its form.
    /// </exception>
    public TokenConstraint Create(AnswerFormat format) => new GrammarConstraint(States(format), _trie, _stopTokens);

    private GrammarStates States(AnswerFormat format)
    {
        lock (_lock)
        {
            if (Find() is { } known)
                return known;
        }
        // Others are not delayed by a large schema; two of the same at once are compiled twice.
        var states = new GrammarStates(Compile(format), _trie);
        lock (_lock)
        {
            if (Find() is { } known)
                return known;
            _known.AddFirst((format, states));
            if (_known.Count > MaxFormats)
                _known.RemoveLast();
            return states;
        }

        GrammarStates? Find()
        {
            for (var node = _known.First; node is not null; node = node.Next)
            {
                if (node.Value.Format != format)
                    continue;
                _known.Remove(node);
                _known.AddFirst(node);
                return node.Value.States;
            }
            return null;
        }
    }

    /// <summary>Refuses a format that <see cref="Create"/> would refuse.</summary>
    /// <exception cref="InputException">See <see cref="Create"/>.</exception>
    public static void Validate(AnswerFormat format) => Compile(format);

    private static Grammar Compile(AnswerFormat format)
    {
        if (Encoding.UTF8.GetByteCount(format.Text) > MaxText)
            throw new InputException(
                format.Kind == AnswerFormatKind.Regex ? "regex" : "json-schema",
                null,
                $"has more than {MaxText:N0} bytes",
                "use a smaller one"
            );
        return format.Kind switch
        {
            AnswerFormatKind.JsonObject => SchemaCompiler.AnyObject,
            AnswerFormatKind.JsonSchema => SchemaCompiler.Compile(format.Text),
            AnswerFormatKind.Regex => CompileExpression(format.Text),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format.Kind, null),
        };
    }

    private static Grammar CompileExpression(string text)
    {
        try
        {
            var builder = new GrammarBuilder();
            var rule = builder.AddRule();
            builder.AddAutomaton(rule.Start, ExpressionCompiler.Compile(text, isWhole: true), rule.End);
            return builder.Build(rule, maxDepth: 0);
        }
        catch (Exception e) when (e is ExpressionException or AutomatonLimitException)
        {
            throw new InputException("regex", SchemaPart.Shown(text), e.Message, "correct the expression or use a simpler one", e);
        }
    }
}
