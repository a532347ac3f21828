using System.Text;
using Litre.Core;

namespace Litre.Data.Tokenization;

/// <summary>
/// Trains a byte-level BPE: texts in form C are split into words by the family's pattern, and the
/// most frequent pair inside words is merged until the vocabulary is full (Sennrich et al. 2016). Of pairs equally
/// frequent the one with smaller IDs is chosen, so the same texts in any order give the same tokenizer. Not thread-safe.
/// </summary>
public sealed class BpeTrainer
{
    private readonly BpeSettings _settings;
    private readonly TokenFormat _format;
    private readonly PreTokenizerPattern _pattern;
    private readonly Dictionary<string, long> _words = new(StringComparer.Ordinal);

    /// <param name="settings">The training settings.</param>
    /// <param name="format">The family's pattern and added tokens.</param>
    /// <exception cref="InputException">The vocabulary is too small for bytes and special tokens.</exception>
    public BpeTrainer(BpeSettings settings, TokenFormat format)
    {
        (_settings, _format) = (settings, format);
        _pattern = new PreTokenizerPattern(format.Pattern, $"{format.Family}'s tokenizer", format.Family);
        var least = 256 + format.Added.Count;
        if (settings.Vocabulary < least)
            throw new InputException(
                "vocabulary",
                settings.Vocabulary,
                $"256 bytes and {format.Added.Count} special tokens need {least}",
                $"give {least} or more"
            );
        if (settings.MinimumFrequency < 1 || settings.CapitalFrequency < 1)
            throw new InputException(
                "min-frequency",
                settings.MinimumFrequency,
                "expected a number from 1",
                $"omit it for {new BpeSettings().MinimumFrequency}"
            );
    }

    /// <summary>Counts the words of a text that is encoded as a unit.</summary>
    public void Add(string text)
    {
        text = CanonicalComposition.Normalize(Tokenizer.WithoutLoneSurrogates(text));
        var words = _words.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var (offset, length) in _pattern.PreTokenize(text))
        {
            var word = text.AsSpan(offset, length);
            words[word] = words.TryGetValue(word, out var count) ? count + 1 : 1;
        }
    }

    /// <summary>Merges pairs of the counted words.</summary>
    public TrainedTokenizer Train()
    {
        // In the order of their characters, the numbering of bytes in Hugging Face's trainer and GPT-2.
        var tokens = Enumerable.Range(0, 256).Select(b => ByteLevelAlphabet.CharOf((byte)b)).Order().Select(c => c.ToString()).ToList();
        var ids = tokens.Select((t, i) => (t, i)).ToDictionary(p => p.t, p => p.i, StringComparer.Ordinal);
        var merges = new List<(int Left, int Right)>();
        var pairs = new PairCounts();
        foreach (var (piece, count) in Pieces().OrderBy(p => p.Key, StringComparer.Ordinal))
            pairs.Add([.. Encoding.UTF8.GetBytes(piece).Select(b => ids[ByteLevelAlphabet.CharOf(b).ToString()])], count);
        var room = _settings.Vocabulary - _format.Added.Count;
        while (tokens.Count < room && pairs.TakeMostFrequent(_settings.MinimumFrequency) is var (left, right))
        {
            var text = tokens[left] + tokens[right];
            // Two merges that give the same text share its token.
            if (!ids.TryGetValue(text, out var id))
            {
                ids[text] = id = tokens.Count;
                tokens.Add(text);
            }
            merges.Add((left, right));
            pairs.Merge(left, right, id);
        }
        return new TrainedTokenizer(tokens, merges, _format);
    }

    // The words for counting pairs: a rare run of capitals is split into its letters.
    private Dictionary<string, long> Pieces()
    {
        var runs = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (word, count) in _words)
        {
            if (HasRun(word))
                runs[Letters(word)] = runs.GetValueOrDefault(Letters(word)) + count;
        }
        var pieces = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (word, count) in _words)
        {
            var whole = !HasRun(word) || runs[Letters(word)] >= _settings.CapitalFrequency;
            foreach (var piece in whole ? [word] : SplitCapitals(word))
                pieces[piece] = pieces.GetValueOrDefault(piece) + count;
        }
        return pieces;
    }

    private static bool HasRun(string word)
    {
        for (var i = 1; i < word.Length; i++)
            if (char.IsUpper(word[i]) && char.IsUpper(word[i - 1]))
                return true;
        return false;
    }

    // In the pattern a word may start with one character that is not a letter: " AB" and "AB" are the same code.
    private static string Letters(string word) => char.IsLetter(word[0]) ? word : word[1..];

    private static IEnumerable<string> SplitCapitals(string word)
    {
        var start = 0;
        for (var i = 1; i < word.Length; i++)
        {
            if (!char.IsUpper(word[i]) || !char.IsUpper(word[i - 1]))
                continue;
            yield return word[start..i];
            start = i;
        }
        yield return word[start..];
    }
}

/// <summary>The training settings of a byte-level BPE.</summary>
public sealed record BpeSettings
{
    /// <summary>Total number of tokens: 256 bytes, the special tokens, and merges for the rest.</summary>
    public int Vocabulary { get; init; } = 1024;

    /// <summary>How often a pair must occur in the texts to become a token.</summary>
    public int MinimumFrequency { get; init; } = 10;

    /// <summary>
    /// How often a word with a run of capitals must occur in the texts for the run to be merged. Codes such as
    /// <c>AB-2047</c> stay single letters below it, which a model can read off an image one at a time.
    /// </summary>
    public int CapitalFrequency { get; init; } = 100;
}
