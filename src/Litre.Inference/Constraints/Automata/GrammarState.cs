namespace Litre.Inference.Constraints.Automata;

/// <summary>A position in texts of a grammar. What may follow is found when it is needed, and kept. Thread-safe.</summary>
internal sealed class GrammarState(GrammarStates owner, Place[] places)
{
    private readonly GrammarState?[] _next = new GrammarState?[owner.Grammar.ClassCount];
    private readonly byte[] _classes = owner.Grammar.ByteClasses;
    private readonly bool _isDead = places.Length == 0;
    private ulong[]? _allowed;

    public Place[] Places => places;

    /// <summary>Whether the text may end here.</summary>
    public bool IsComplete { get; } = places.Contains(Place.End);

    /// <summary>The position after a byte, or null.</summary>
    public GrammarState? Next(byte b)
    {
        var next = _next[_classes[b]] ??= owner.Follow(this, _classes[b]);
        return next._isDead ? null : next;
    }

    /// <summary>The position after a token, or null.</summary>
    public GrammarState? Next(ReadOnlySpan<byte> bytes)
    {
        var state = this;
        foreach (var b in bytes)
        {
            if (state.Next(b) is not { } next)
                return null;
            state = next;
        }
        return state;
    }

    /// <summary>The tokens that may follow, one bit each.</summary>
    public ulong[] Allowed() => _allowed ??= owner.Allowed(this);
}
