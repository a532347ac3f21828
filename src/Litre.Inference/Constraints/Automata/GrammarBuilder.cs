namespace Litre.Inference.Constraints.Automata;

/// <summary>
/// Builds a <see cref="Grammar"/>: nodes that are connected by bytes, by nothing, or by a call of a rule, which continues behind the
/// call when the rule ends. A rule may call itself.
/// </summary>
internal sealed class GrammarBuilder
{
    private const int MaxNodes = 200_000;

    private readonly List<GrammarNode> _nodes = [];

    /// <summary>Adds a rule without content.</summary>
    public GrammarRule AddRule()
    {
        var rule = new GrammarRule(AddNode(), AddNode());
        _nodes[rule.End].IsEnd = true;
        return rule;
    }

    public int AddNode()
    {
        if (_nodes.Count == MaxNodes)
            throw new AutomatonLimitException($"it needs more than {MaxNodes:N0} positions");
        _nodes.Add(new());
        return _nodes.Count - 1;
    }

    public void AddBytes(int from, byte low, byte high, int to) => _nodes[from].Bytes.Add(new(low, high, to));

    public void AddEmpty(int from, int to) => _nodes[from].Empty.Add(to);

    /// <param name="from">The node before the call.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="to">The node after it.</param>
    /// <param name="depth">How many levels deeper in the answer the rule is.</param>
    public void AddCall(int from, GrammarRule rule, int to, int depth) => _nodes[from].Calls.Add(new(rule.Start, to, depth));

    /// <summary>Says how many characters of plain text may follow a node (<see cref="TokenTrie.IsPlain"/>).</summary>
    public void SetPlainCharacters(int node, int count) => _nodes[node].PlainCharacters = count;

    /// <summary>A text as it is.</summary>
    /// <returns>The node after it.</returns>
    public int AddText(int from, ReadOnlySpan<byte> text)
    {
        foreach (var b in text)
        {
            var next = AddNode();
            AddBytes(from, b, b, next);
            from = next;
        }
        return from;
    }

    /// <summary>One of several texts. Texts with the same beginning share its nodes.</summary>
    public void AddTexts(int from, IReadOnlyCollection<byte[]> texts, int to)
    {
        var known = new Dictionary<(int, byte), int>();
        var ends = new HashSet<int>();
        foreach (var text in texts)
        {
            var at = from;
            foreach (var b in text)
            {
                if (!known.TryGetValue((at, b), out var next))
                {
                    known.Add((at, b), next = AddNode());
                    AddBytes(at, b, b, next);
                }
                at = next;
            }
            if (ends.Add(at))
                AddEmpty(at, to);
        }
    }

    /// <summary>The texts of an automaton.</summary>
    /// <param name="from">The node before them.</param>
    /// <param name="automaton">Accepts them.</param>
    /// <param name="to">The node after them.</param>
    /// <param name="add">Adds the bytes of an edge; null adds them as they are.</param>
    public void AddAutomaton(int from, ByteAutomaton automaton, int to, Action<int, ByteEdge>? add = null)
    {
        add ??= (node, edge) => AddBytes(node, edge.Low, edge.High, edge.Target);
        var nodes = new int[automaton.States];
        for (var s = 0; s < nodes.Length; s++)
            nodes[s] = AddNode();
        AddEmpty(from, nodes[0]);
        for (var s = 0; s < nodes.Length; s++)
        {
            foreach (var edge in automaton.Edges(s))
                add(nodes[s], edge with { Target = nodes[edge.Target] });
            if (automaton.Accepts(s))
                AddEmpty(nodes[s], to);
        }
    }

    /// <param name="start">The rule of the whole text.</param>
    /// <param name="maxDepth">The most levels of <see cref="AddCall"/>.</param>
    public Grammar Build(GrammarRule start, int maxDepth) => new([.. _nodes], start, maxDepth);
}

/// <summary>The nodes at which a rule begins and ends.</summary>
internal readonly record struct GrammarRule(int Start, int End);

/// <summary>Calls the rule that begins at <paramref name="Start"/>, and continues at <paramref name="Return"/>.</summary>
internal readonly record struct GrammarCall(int Start, int Return, int Depth);

internal sealed class GrammarNode
{
    public List<ByteEdge> Bytes { get; } = [];
    public List<int> Empty { get; } = [];
    public List<GrammarCall> Calls { get; } = [];
    public bool IsEnd { get; set; }
    public int PlainCharacters { get; set; }
}
