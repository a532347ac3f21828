using Litre.Inference.Constraints.Automata;

namespace Litre.Inference.Constraints.Expressions;

/// <summary>Turns regular expressions into automata over UTF-8.</summary>
internal static class ExpressionCompiler
{
    /// <param name="text">The expression.</param>
    /// <param name="isWhole">Whether the expression must match the whole text rather than a part of it.</param>
    /// <returns>The automaton of the texts that match.</returns>
    /// <exception cref="ExpressionException">It is damaged, uses something that is not supported, or no text matches it.</exception>
    /// <exception cref="AutomatonLimitException">It is too large.</exception>
    public static ByteAutomaton Compile(string text, bool isWhole)
    {
        var expression = ExpressionParser.Parse(text, isWhole);
        var result = Build(expression.Root, before: !isWhole, after: !isWhole);
        foreach (var (part, negated) in expression.LookAheads)
        {
            var ahead = Build(part, before: false, after: true);
            result = negated ? result.Except(ahead) : result.Intersect(ahead);
        }
        return result.IsEmpty ? throw new ExpressionException("no text matches it") : result;
    }

    /// <summary>Every text.</summary>
    public static ByteAutomaton Any { get; } = Build(new SequenceNode([]), before: true, after: false);

    // Any text may be before or after the part.
    private static ByteAutomaton Build(ExpressionNode root, bool before, bool after)
    {
        var automaton = new NondeterministicAutomaton();
        var any = new RepeatNode(new CharacterNode(CodePointRange.All), 0, null);
        ExpressionNode[] parts =
        [
            .. before ? [any] : Array.Empty<ExpressionNode>(),
            root,
            .. after ? [any] : Array.Empty<ExpressionNode>(),
        ];
        var start = automaton.AddState();
        return automaton.Determinize(start, Add(automaton, new SequenceNode(parts), start));
    }

    /// <returns>The state after the part.</returns>
    private static int Add(NondeterministicAutomaton automaton, ExpressionNode node, int from)
    {
        switch (node)
        {
            case CharacterNode character:
                var after = automaton.AddState();
                automaton.AddCharacter(from, after, character.Ranges);
                return after;
            case SequenceNode { Parts.Count: 0 }:
                // Counted, so that the repetitions of nothing have a limit too.
                var same = automaton.AddState();
                automaton.AddEmpty(from, same);
                return same;
            case SequenceNode sequence:
                return sequence.Parts.Aggregate(from, (at, part) => Add(automaton, part, at));
            case AnchorNode anchor:
                var anchored = automaton.AddState();
                automaton.AddEmpty(from, anchored, anchor.Condition);
                return anchored;
            case ChoiceNode choice:
                var end = automaton.AddState();
                foreach (var part in choice.Parts)
                    automaton.AddEmpty(Add(automaton, part, from), end);
                return end;
            case RepeatNode repeat:
                return AddRepeat(automaton, repeat, from);
            default:
                throw new ArgumentException($"unknown node {node}");
        }
    }

    private static int AddRepeat(NondeterministicAutomaton automaton, RepeatNode repeat, int from)
    {
        var at = from;
        for (var i = 0; i < repeat.Least; i++)
            at = Add(automaton, repeat.Part, at);
        // A state of its own, because others may leave the last one.
        var end = automaton.AddState();
        automaton.AddEmpty(at, end);
        if (repeat.Most is { } most)
        {
            for (var i = repeat.Least; i < most; i++)
            {
                at = Add(automaton, repeat.Part, at);
                automaton.AddEmpty(at, end);
            }
            return end;
        }
        var loop = automaton.AddState();
        automaton.AddEmpty(end, loop);
        automaton.AddEmpty(Add(automaton, repeat.Part, loop), end);
        return end;
    }
}
