using System.Buffers;
using System.Text;

namespace Litre.Inference.Constraints.Automata;

/// <summary>The tokens of a vocabulary by their bytes. Immutable.</summary>
internal sealed class TokenTrie
{
    /// <summary>Tokens of plain text with more characters are not among <see cref="PlainTokens"/>.</summary>
    public const int PlainLimit = 24;

    private readonly byte[]?[] _bytes;
    private readonly Branches _all;
    private readonly Branches _others;

    /// <param name="vocabularySize">One more than the highest token.</param>
    /// <param name="bytesOf">The bytes of a token; none for a token that is never allowed.</param>
    public TokenTrie(int vocabularySize, Func<int, byte[]> bytesOf)
    {
        VocabularySize = vocabularySize;
        _bytes = new byte[vocabularySize][];
        PlainTokens = new ulong[(vocabularySize + 63) / 64];
        var (all, others) = (new List<int>(), new List<int>());
        for (var token = 0; token < vocabularySize; token++)
        {
            var bytes = bytesOf(token);
            if (bytes.Length == 0)
                continue;
            _bytes[token] = bytes;
            all.Add(token);
            if (PlainCharacters(bytes) is > 0 and <= PlainLimit)
                PlainTokens[token / 64] |= 1UL << (token % 64);
            else
                others.Add(token);
        }
        all.Sort((x, y) => _bytes[x].AsSpan().SequenceCompareTo(_bytes[y]));
        others.Sort((x, y) => _bytes[x].AsSpan().SequenceCompareTo(_bytes[y]));
        _all = new(all, _bytes);
        _others = new(others, _bytes);
    }

    public int VocabularySize { get; }

    /// <summary>The tokens of at most <see cref="PlainLimit"/> characters of plain text, and of nothing else; one bit each.</summary>
    public ulong[] PlainTokens { get; }

    /// <summary>The bytes of a token; none if it is never allowed.</summary>
    public ReadOnlySpan<byte> Bytes(int token) => (uint)token < (uint)_bytes.Length ? _bytes[token] : [];

    /// <summary>Whether a character stands for itself in a JSON string: no quote, backslash or control character.</summary>
    public static bool IsPlain(Rune character) => character.Value is >= 0x20 and not ('"' or '\\');

    /// <summary>The tokens that may follow a state, one bit each.</summary>
    /// <param name="state">The state.</param>
    /// <param name="plainCharacters">The most characters of plain text that may follow.</param>
    public ulong[] Allowed(GrammarState state, int plainCharacters)
    {
        if (plainCharacters < PlainLimit)
        {
            var walked = new ulong[PlainTokens.Length];
            _all.Walk(state, walked);
            return walked;
        }
        var allowed = (ulong[])PlainTokens.Clone();
        _others.Walk(state, allowed);
        return allowed;
    }

    // 0 if there is anything else.
    private static int PlainCharacters(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        while (bytes.Length > 0)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var used) != OperationStatus.Done || !IsPlain(rune))
                return 0;
            bytes = bytes[used..];
            count++;
        }
        return count;
    }

    /// <summary>Nodes in the order of a depth-first walk, so that a branch is a range of them.</summary>
    private sealed class Branches
    {
        private readonly byte[] _byte;
        private readonly ushort[] _depth;
        private readonly int[] _behind; // the node after the branch
        private readonly int[] _firstToken; // of the tokens that end at the node; those of the next node begin where they end
        private readonly int[] _tokens;
        private readonly int _deepest;

        public Branches(List<int> tokens, byte[]?[] bytes)
        {
            _tokens = [.. tokens];
            var (values, depths, first) = (new List<byte>(), new List<ushort>(), new List<int>());
            byte[] previous = [];
            for (var i = 0; i < tokens.Count; i++)
            {
                var current = bytes[tokens[i]]!;
                var shared = previous.AsSpan().CommonPrefixLength(current);
                for (var d = shared; d < current.Length; d++)
                {
                    values.Add(current[d]);
                    depths.Add((ushort)d);
                    first.Add(i);
                }
                _deepest = Math.Max(_deepest, current.Length);
                previous = current;
            }
            first.Add(tokens.Count);
            (_byte, _depth, _firstToken) = ([.. values], [.. depths], [.. first]);
            _behind = new int[_byte.Length];
            var open = new Stack<int>();
            for (var n = 0; n <= _byte.Length; n++)
            {
                while (open.Count > 0 && (n == _byte.Length || _depth[n] <= _depth[open.Peek()]))
                    _behind[open.Pop()] = n;
                open.Push(n);
            }
        }

        public void Walk(GrammarState state, ulong[] allowed)
        {
            var states = new GrammarState[_deepest + 1];
            states[0] = state;
            for (var n = 0; n < _byte.Length; )
            {
                var depth = _depth[n];
                if (states[depth].Next(_byte[n]) is not { } after)
                {
                    n = _behind[n];
                    continue;
                }
                states[depth + 1] = after;
                for (var t = _firstToken[n]; t < _firstToken[n + 1]; t++)
                    allowed[_tokens[t] / 64] |= 1UL << (_tokens[t] % 64);
                n++;
            }
        }
    }
}
