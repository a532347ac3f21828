namespace Litre.Inference.Constraints.Automata;

/// <summary>
/// A pushdown automaton over bytes. A position in a text is a set of nodes, each with the calls that have not returned
/// (<see cref="GrammarState"/>). Only positions from which a text can be completed are entered, so that no text ends up where nothing
/// may follow. Immutable.
/// </summary>
internal sealed class Grammar
{
    /// <summary>
    /// The most nodes of a position. Beyond that, later alternatives are dropped: fewer texts are accepted, but no wrong one.
    /// </summary>
    private const int MaxPlaces = 4096;

    private const int Impossible = int.MaxValue / 2;

    private readonly GrammarNode[] _nodes;
    private readonly GrammarRule _start;
    private readonly int _maxDepth;
    private readonly int[] _need; // levels that a node needs until the end of its rule
    private readonly byte[] _representatives;

    public Grammar(GrammarNode[] nodes, GrammarRule start, int maxDepth)
    {
        (_nodes, _start, _maxDepth) = (nodes, start, maxDepth);
        (ByteClasses, _representatives) = Classes(nodes);
        _need = Needs();
    }

    /// <summary>The class of each byte: bytes of a class lead to the same positions.</summary>
    public byte[] ByteClasses { get; }

    public int ClassCount => _representatives.Length;

    /// <summary>Whether any text is accepted.</summary>
    public bool HasText => _need[_start.Start] <= _maxDepth;

    /// <summary>Whether a rule accepts any text that is no deeper than the limit.</summary>
    public bool CanComplete(GrammarRule rule) => _need[rule.Start] <= _maxDepth;

    /// <summary>The places at which a text begins.</summary>
    public Place[] Begin(PlaceStacks stacks)
    {
        var closure = new Closure(this, stacks);
        closure.Add(_start.Start, null);
        return closure.Places();
    }

    /// <summary>The places after a byte.</summary>
    /// <param name="places">The places before it.</param>
    /// <param name="byteClass">Its class.</param>
    /// <param name="stacks">Where equal stacks are found.</param>
    public Place[] Follow(Place[] places, int byteClass, PlaceStacks stacks)
    {
        var b = _representatives[byteClass];
        Closure? closure = null;
        foreach (var (node, stack) in places)
        foreach (var edge in node < 0 ? [] : _nodes[node].Bytes)
        {
            if (b >= edge.Low && b <= edge.High)
                (closure ??= new(this, stacks)).Add(edge.Target, stack);
        }
        return closure?.Places() ?? [];
    }

    /// <summary>The most characters of plain text that may follow from one of the places.</summary>
    public int PlainCharacters(Place[] places) => places.Max(p => p.Node < 0 ? 0 : _nodes[p.Node].PlainCharacters);

    private static (byte[], byte[]) Classes(GrammarNode[] nodes)
    {
        // Bytes are told apart where an edge begins or ends, which is fine enough.
        var cut = new bool[257];
        foreach (var node in nodes)
        foreach (var edge in node.Bytes)
            cut[edge.Low] = cut[edge.High + 1] = true;
        var classes = new byte[256];
        var representatives = new List<byte> { 0 };
        for (var b = 1; b < 256; b++)
        {
            if (cut[b])
                representatives.Add((byte)b);
            classes[b] = (byte)(representatives.Count - 1);
        }
        return (classes, [.. representatives]);
    }

    private int[] Needs()
    {
        var need = new int[_nodes.Length];
        Array.Fill(need, Impossible);
        for (var changed = true; changed; )
        {
            changed = false;
            // Most edges lead forward.
            for (var i = _nodes.Length - 1; i >= 0; i--)
            {
                var node = _nodes[i];
                var least = node.IsEnd ? 0 : need[i];
                foreach (var edge in node.Bytes)
                    least = Math.Min(least, need[edge.Target]);
                foreach (var target in node.Empty)
                    least = Math.Min(least, need[target]);
                foreach (var call in node.Calls)
                    least = Math.Min(least, Math.Max(Math.Min(Impossible, call.Depth + need[call.Start]), need[call.Return]));
                if (least < need[i])
                {
                    need[i] = least;
                    changed = true;
                }
            }
        }
        return need;
    }

    private sealed class Closure(Grammar grammar, PlaceStacks stacks)
    {
        private readonly HashSet<Place> _seen = [];
        private readonly Stack<Place> _open = [];
        private readonly List<Place> _found = [];

        public void Add(int node, PlaceStack? stack)
        {
            Push(node, stack);
            while (_open.TryPop(out var place))
            {
                var (at, calls) = place;
                var content = grammar._nodes[at];
                if (_found.Count < MaxPlaces && (content.Bytes.Count > 0 || content.PlainCharacters > 0))
                    _found.Add(place);
                for (var i = content.Calls.Count - 1; i >= 0; i--)
                {
                    var call = content.Calls[i];
                    if (CanPass(call.Return, calls))
                        Push(call.Start, stacks.Push(call.Return, call.Depth, calls));
                }
                for (var i = content.Empty.Count - 1; i >= 0; i--)
                    Push(content.Empty[i], calls);
                if (!content.IsEnd)
                    continue;
                if (calls is null)
                    _found.Add(Place.End);
                else
                    Push(calls.Return, calls.Parent);
            }
        }

        // In an order that does not depend on how they were found.
        public Place[] Places()
        {
            var places = _found.Distinct().ToArray();
            Array.Sort(places, (x, y) => (x.Node, x.Stack?.Id ?? 0).CompareTo((y.Node, y.Stack?.Id ?? 0)));
            return places;
        }

        private bool CanPass(int node, PlaceStack? stack) => (stack?.Depth ?? 0) + grammar._need[node] <= grammar._maxDepth;

        private void Push(int node, PlaceStack? stack)
        {
            if (CanPass(node, stack) && _seen.Count < 4 * MaxPlaces && _seen.Add(new(node, stack)))
                _open.Push(new(node, stack));
        }
    }
}

/// <summary>A node, and the calls that have not returned.</summary>
internal readonly record struct Place(int Node, PlaceStack? Stack)
{
    /// <summary>The end of the text.</summary>
    public static Place End { get; } = new(-1, null);
}

/// <summary>The innermost call, and those around it. Equal stacks are the same object.</summary>
internal sealed class PlaceStack(int id, int @return, int depth, PlaceStack? parent)
{
    public int Id => id;

    /// <summary>The node after the call.</summary>
    public int Return => @return;

    /// <summary>Levels of all calls together.</summary>
    public int Depth => depth;

    public PlaceStack? Parent => parent;
}

/// <summary>Finds equal stacks. Not thread-safe.</summary>
/// <param name="last">The highest number of stacks that exist already.</param>
internal sealed class PlaceStacks(int last)
{
    private readonly Dictionary<(int, int, int), PlaceStack> _known = [];

    public int Last { get; private set; } = last;

    public PlaceStack Push(int @return, int depth, PlaceStack? parent)
    {
        var key = (@return, depth, parent?.Id ?? 0);
        if (!_known.TryGetValue(key, out var stack))
            _known.Add(key, stack = new(++Last, @return, (parent?.Depth ?? 0) + depth, parent));
        return stack;
    }
}
