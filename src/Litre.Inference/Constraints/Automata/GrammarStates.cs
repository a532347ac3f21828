namespace Litre.Inference.Constraints.Automata;

/// <summary>
/// The positions of a grammar that were reached so far, with the tokens that may follow them. When they are too many, they are forgotten
/// and found again. Thread-safe.
/// </summary>
internal sealed class GrammarStates
{
    // States of a typical schema have 300 to 600 bytes; a mask has one bit a token.
    private const int MaxStates = 20_000;
    private const long MaxMaskBytes = 12L << 20;

    private readonly Lock _lock = new();
    private readonly TokenTrie _trie;
    private Dictionary<Place[], GrammarState> _known = new(new PlacesComparer());
    private PlaceStacks _stacks = new(0);
    private GrammarState _start;
    private long _maskBytes;

    public GrammarStates(Grammar grammar, TokenTrie trie)
    {
        (Grammar, _trie) = (grammar, trie);
        _start = Find(grammar.Begin(_stacks));
    }

    public Grammar Grammar { get; }

    public GrammarState Start => Volatile.Read(ref _start);

    public GrammarState Follow(GrammarState state, int byteClass)
    {
        lock (_lock)
        {
            if (_known.Count >= MaxStates)
                Forget();
            return Find(Grammar.Follow(state.Places, byteClass, _stacks));
        }
    }

    public ulong[] Allowed(GrammarState state)
    {
        var allowed = _trie.Allowed(state, Grammar.PlainCharacters(state.Places));
        lock (_lock)
        {
            _maskBytes += allowed.Length * sizeof(ulong);
            if (_maskBytes > MaxMaskBytes)
                Forget();
        }
        return allowed;
    }

    private GrammarState Find(Place[] places)
    {
        if (!_known.TryGetValue(places, out var state))
            _known.Add(places, state = new(this, places));
        return state;
    }

    // Positions of answers that are being generated stay valid; only what they share is lost.
    private void Forget()
    {
        (_known, _stacks, _maskBytes) = (new(new PlacesComparer()), new(_stacks.Last), 0);
        Volatile.Write(ref _start, Find(Grammar.Begin(_stacks)));
    }

    private sealed class PlacesComparer : IEqualityComparer<Place[]>
    {
        public bool Equals(Place[]? x, Place[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(Place[] places)
        {
            var hash = new HashCode();
            foreach (var (node, stack) in places)
            {
                hash.Add(node);
                hash.Add(stack?.Id ?? 0);
            }
            return hash.ToHashCode();
        }
    }
}
