namespace Litre.Inference.Constraints.Automata;

/// <summary>
/// An automaton over bytes that is built piece by piece and then made deterministic. An edge can require that the text begins or ends
/// there.
/// </summary>
internal sealed class NondeterministicAutomaton
{
    private const int MaxStates = 200_000;
    private const int MaxWork = 5_000_000;

    private readonly List<List<ByteEdge>> _bytes = [];
    private readonly List<List<(int Target, EdgeCondition Condition)>> _empty = [];
    private int _work;

    public int AddState()
    {
        if (_bytes.Count == MaxStates)
            throw new AutomatonLimitException($"its repetitions need more than {MaxStates:N0} positions");
        _bytes.Add([]);
        _empty.Add([]);
        return _bytes.Count - 1;
    }

    public void AddEmpty(int from, int to, EdgeCondition condition = EdgeCondition.None) => _empty[from].Add((to, condition));

    /// <summary>One character of the ranges.</summary>
    public void AddCharacter(int from, int to, IEnumerable<CodePointRange> ranges)
    {
        foreach (var range in ranges)
        foreach (var sequence in range.Utf8())
        {
            var at = from;
            for (var i = 0; i < sequence.Length; i++)
            {
                var next = i == sequence.Length - 1 ? to : AddState();
                _bytes[at].Add(new(sequence[i].Low, sequence[i].High, next));
                at = next;
            }
        }
    }

    /// <summary>The deterministic automaton of the same texts.</summary>
    /// <param name="start">Where texts begin.</param>
    /// <param name="end">Where they end.</param>
    public ByteAutomaton Determinize(int start, int end)
    {
        var product = new ByteAutomaton.Product<int[]>(Closure([start], EdgeCondition.Start), new SetComparer());
        var cuts = new SortedSet<int>();
        var targets = new List<int>();
        while (product.Next(out var set))
        {
            // In the first set, the closure from the start has passed the conditions of the beginning already.
            var accepts = Array.BinarySearch(Closure(set, EdgeCondition.End), end) >= 0;
            product.Finish(accepts, Follow(set));
        }
        return product.Build().Trim();

        IEnumerable<(byte, byte, int[])> Follow(int[] set)
        {
            cuts.Clear();
            foreach (var state in set)
            foreach (var edge in _bytes[state])
            {
                cuts.Add(edge.Low);
                cuts.Add(edge.High + 1);
            }
            var bounds = cuts.ToArray();
            for (var i = 0; i + 1 < bounds.Length; i++)
            {
                targets.Clear();
                foreach (var state in set)
                foreach (var edge in _bytes[state])
                {
                    if (edge.Low <= bounds[i] && edge.High >= bounds[i])
                        targets.Add(edge.Target);
                }
                if (targets.Count > 0)
                    yield return ((byte)bounds[i], (byte)(bounds[i + 1] - 1), Closure(targets, EdgeCondition.None));
            }
        }
    }

    // The states that are reached without a byte, in ascending order.
    private int[] Closure(IEnumerable<int> states, EdgeCondition known)
    {
        var seen = new SortedSet<int>(states);
        var open = new Stack<int>(seen);
        while (open.TryPop(out var state))
            foreach (var (target, condition) in _empty[state])
            {
                if ((condition & ~known) == 0 && seen.Add(target))
                    open.Push(target);
            }
        _work += seen.Count;
        return _work <= MaxWork ? [.. seen] : throw new AutomatonLimitException("too many of its parts can match at the same place");
    }

    private sealed class SetComparer : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] set)
        {
            var hash = new HashCode();
            foreach (var state in set)
                hash.Add(state);
            return hash.ToHashCode();
        }
    }
}

/// <summary>What must hold for an edge to be taken without a byte.</summary>
[Flags]
internal enum EdgeCondition
{
    None = 0,
    Start = 1,
    End = 2,
}
