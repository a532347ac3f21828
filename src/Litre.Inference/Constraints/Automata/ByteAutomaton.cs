using System.Runtime.InteropServices;

namespace Litre.Inference.Constraints.Automata;

/// <summary>A deterministic automaton over bytes. State 0 is the start; a byte without an edge rejects. Immutable.</summary>
/// <param name="edges">The edges of each state, in ascending order and disjoint.</param>
/// <param name="accepts">Whether a text may end in each state.</param>
internal sealed class ByteAutomaton(ByteEdge[][] edges, bool[] accepts)
{
    /// <summary>The most states that are built.</summary>
    public const int MaxStates = 20_000;

    /// <summary>Several texts, and nothing else.</summary>
    public static ByteAutomaton Of(IEnumerable<byte[]> texts)
    {
        List<SortedDictionary<byte, int>> states =
        [
            [],
        ];
        var ends = new HashSet<int>();
        foreach (var text in texts)
        {
            var at = 0;
            foreach (var b in text)
            {
                if (!states[at].TryGetValue(b, out var next))
                {
                    states[at].Add(b, next = states.Count);
                    states.Add([]);
                }
                at = next;
            }
            ends.Add(at);
        }
        return new(
            [.. states.Select(s => s.Select(e => new ByteEdge(e.Key, e.Key, e.Value)).ToArray())],
            [.. states.Select((_, i) => ends.Contains(i))]
        );
    }

    public int States => accepts.Length;

    public bool Accepts(int state) => accepts[state];

    public ReadOnlySpan<ByteEdge> Edges(int state) => edges[state];

    /// <summary>Whether no text is accepted.</summary>
    public bool IsEmpty => !accepts.AsSpan().Contains(true);

    public bool Matches(ReadOnlySpan<byte> text)
    {
        var state = 0;
        foreach (var b in text)
        {
            state = Target(state, b);
            if (state < 0)
                return false;
        }
        return accepts[state];
    }

    /// <summary>Texts that both accept.</summary>
    public ByteAutomaton Intersect(ByteAutomaton other) => Combine(other, negated: false);

    /// <summary>Texts that this automaton accepts and the other does not.</summary>
    public ByteAutomaton Except(ByteAutomaton other) => Combine(other, negated: true);

    /// <summary>Texts of valid UTF-8 with a number of characters within limits.</summary>
    /// <param name="least">The fewest characters.</param>
    /// <param name="most">The most characters; null for no limit.</param>
    public ByteAutomaton WithLength(int least, int? most)
    {
        // Counts beyond the limits are all the same.
        var cap = most ?? least;
        var product = new Product<(int State, int Count)>((0, 0));
        while (product.Next(out var at))
        {
            product.Finish(accepts[at.State] && at.Count >= least, Follow(at));
        }
        return product.Build();

        IEnumerable<(byte, byte, (int, int))> Follow((int State, int Count) at)
        {
            foreach (var edge in edges[at.State])
            {
                // The bytes 0x80 to 0xBF continue a character.
                if (edge.Low < 0x80 && Counted(at.Count) is { } ascii)
                    yield return (edge.Low, Math.Min(edge.High, (byte)0x7F), (edge.Target, ascii));
                if (edge.Low < 0xC0 && edge.High >= 0x80)
                    yield return (Math.Max(edge.Low, (byte)0x80), Math.Min(edge.High, (byte)0xBF), (edge.Target, at.Count));
                if (edge.High >= 0xC0 && Counted(at.Count) is { } lead)
                    yield return (Math.Max(edge.Low, (byte)0xC0), edge.High, (edge.Target, lead));
            }
        }

        int? Counted(int count) =>
            count < cap ? count + 1
            : most is null ? count
            : null;
    }

    /// <summary>The same texts without states from which no text is accepted.</summary>
    public ByteAutomaton Trim()
    {
        var sources = Enumerable.Range(0, States).Select(_ => new List<int>()).ToArray();
        for (var s = 0; s < States; s++)
            foreach (var edge in edges[s])
                sources[edge.Target].Add(s);
        var alive = accepts.ToArray();
        var open = new Stack<int>(Enumerable.Range(0, States).Where(s => accepts[s]));
        while (open.TryPop(out var s))
            foreach (var source in sources[s])
            {
                if (!alive[source])
                {
                    alive[source] = true;
                    open.Push(source);
                }
            }
        alive[0] = true;
        var index = new int[States];
        var count = 0;
        for (var s = 0; s < States; s++)
            index[s] = alive[s] ? count++ : -1;
        var kept = Enumerable.Range(0, States).Where(s => alive[s]).ToArray();
        return new(
            [.. kept.Select(s => edges[s].Where(e => alive[e.Target]).Select(e => e with { Target = index[e.Target] }).ToArray())],
            [.. kept.Select(s => accepts[s])]
        );
    }

    private ByteEdge[] All(int state) => edges[state];

    private int Target(int state, byte b)
    {
        foreach (var edge in edges[state])
        {
            if (b >= edge.Low && b <= edge.High)
                return edge.Target;
        }
        return -1;
    }

    // A second state of -1 is one from which the other automaton accepts nothing.
    private ByteAutomaton Combine(ByteAutomaton other, bool negated)
    {
        var product = new Product<(int First, int Second)>((0, 0));
        while (product.Next(out var at))
        {
            var second = at.Second >= 0 && other.Accepts(at.Second);
            product.Finish(accepts[at.First] && second != negated, Follow(at));
        }
        return product.Build().Trim();

        IEnumerable<(byte, byte, (int, int))> Follow((int First, int Second) at)
        {
            foreach (var edge in edges[at.First])
            {
                var next = (int)edge.Low;
                foreach (var with in at.Second < 0 ? [] : other.All(at.Second))
                {
                    if (with.High < next || with.Low > edge.High)
                        continue;
                    if (negated && with.Low > next)
                        yield return ((byte)next, (byte)(with.Low - 1), (edge.Target, -1));
                    var (low, high) = (Math.Max(next, with.Low), Math.Min(edge.High, with.High));
                    yield return ((byte)low, (byte)high, (edge.Target, with.Target));
                    next = high + 1;
                }
                if (negated && next <= edge.High)
                    yield return ((byte)next, edge.High, (edge.Target, -1));
            }
        }
    }

    /// <summary>Numbers the states of an automaton that is built from its start.</summary>
    internal sealed class Product<T>
        where T : notnull
    {
        private readonly Dictionary<T, int> _index;
        private readonly List<T> _states;
        private readonly List<ByteEdge[]> _edges = [];
        private readonly List<bool> _accepts = [];

        public Product(T start, IEqualityComparer<T>? comparer = null)
        {
            _index = new(comparer) { [start] = 0 };
            _states = [start];
        }

        /// <summary>The next state whose edges are not known.</summary>
        public bool Next(out T state)
        {
            var found = _edges.Count < _states.Count;
            state = found ? _states[_edges.Count] : default!;
            return found;
        }

        /// <summary>States the edges of the state that <see cref="Next"/> returned, in ascending order.</summary>
        public void Finish(bool accepts, IEnumerable<(byte Low, byte High, T Target)> edges)
        {
            var list = new List<ByteEdge>();
            foreach (var (low, high, target) in edges)
            {
                ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(_index, target, out var known);
                if (!known)
                {
                    if (_states.Count == MaxStates)
                        throw new AutomatonLimitException($"it needs more than {MaxStates:N0} states");
                    index = _states.Count;
                    _states.Add(target);
                }
                if (list.Count > 0 && list[^1].High + 1 == low && list[^1].Target == index)
                    list[^1] = list[^1] with { High = high };
                else
                    list.Add(new(low, high, index));
            }
            _edges.Add([.. list]);
            _accepts.Add(accepts);
        }

        public ByteAutomaton Build() => new([.. _edges], [.. _accepts]);
    }
}
