using System.Text;
using System.Text.RegularExpressions;
using Litre.Data.Tokenization;
using Litre.Model.Families.Qwen3Vl;

namespace Litre.Data.Tests.Tokenization;

/// <summary>Byte-level BPE by its definition, without any index: every pair is recounted for every merge.</summary>
internal sealed class NaiveBpe
{
    private readonly List<(string Left, string Right)> _merges = [];
    private readonly Dictionary<string, int> _ids = [];

    public NaiveBpe(IEnumerable<string> texts, BpeSettings settings)
    {
        foreach (var letter in Letters(Enumerable.Range(0, 256).Select(b => (byte)b)).Order(StringComparer.Ordinal))
            _ids[letter] = _ids.Count;
        var words = texts.SelectMany(Words).Select(w => Letters(Encoding.UTF8.GetBytes(w)).ToList()).ToList();
        while (_ids.Count < settings.Vocabulary - Qwen3VlFormat.Instance.Tokens.Added.Count)
        {
            var pairs = words.SelectMany(w => w.Zip(w.Skip(1))).CountBy(p => p).Where(p => p.Value >= settings.MinimumFrequency).ToList();
            if (pairs.Count == 0)
                break;
            var (left, right) = pairs
                .OrderByDescending(p => p.Value)
                .ThenBy(p => _ids[p.Key.First])
                .ThenBy(p => _ids[p.Key.Second])
                .First()
                .Key;
            _merges.Add((left, right));
            _ids.TryAdd(left + right, _ids.Count);
            foreach (var word in words)
                Merge(word, left, right);
        }
    }

    public IReadOnlyList<string> Merges => [.. _merges.Select(m => $"{m.Left} {m.Right}")];

    /// <summary>Every merge in its order, over the whole word.</summary>
    public List<int> Encode(string text)
    {
        var ids = new List<int>();
        foreach (var word in Words(text))
        {
            var tokens = Letters(Encoding.UTF8.GetBytes(word)).ToList();
            foreach (var (left, right) in _merges)
                Merge(tokens, left, right);
            ids.AddRange(tokens.Select(t => _ids[t]));
        }
        return ids;
    }

    private static IEnumerable<string> Words(string text) =>
        Regex.Matches(text, Qwen3VlFormat.Instance.Tokens.Pattern).Select(m => m.Value);

    private static IEnumerable<string> Letters(IEnumerable<byte> bytes) => bytes.Select(b => ByteLevelAlphabet.CharOf(b).ToString());

    private static void Merge(List<string> tokens, string left, string right)
    {
        for (var i = 0; i + 1 < tokens.Count; i++)
        {
            if (tokens[i] != left || tokens[i + 1] != right)
                continue;
            tokens[i] = left + right;
            tokens.RemoveAt(i + 1);
        }
    }
}
