using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Litre.Core;
using Microsoft.ML.Tokenizers;

namespace Litre.Data.Tokenization;

/// <summary>
/// Splits text by the checkpoint's regular expression. .NET matches UTF-16 units, so a letter outside the first
/// plane would count as two surrogates; such characters are matched through a substitute of the same category.
/// </summary>
internal sealed class PreTokenizerPattern : PreTokenizer
{
    private static readonly char[] StandIn = BuildStandIns();

    private readonly Regex _regex;

    public PreTokenizerPattern(string pattern, string file, string family)
    {
        try
        {
            _regex = new Regex(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant);
        }
        catch (ArgumentException e)
        {
            throw new InputException(
                $"{file}: pre_tokenizer: the pattern '{pattern}' cannot be followed ({e.Message.ReplaceLineEndings(" ")}); "
                    + $"expected a pattern like {family}'s; use the tokenizer.json of a {family} checkpoint",
                e
            );
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return Split(text, null);
        var units = new StringBuilder(text.Length);
        var offsets = new int[text.Length + 1];
        for (var i = 0; i < text.Length; i++)
        {
            offsets[units.Length] = i;
            if (char.IsHighSurrogate(text[i]))
                units.Append(StandIn[(int)CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(text[i], text[++i]))]);
            else
                units.Append(text[i]);
        }
        offsets[units.Length] = text.Length;
        return Split(units.ToString(), offsets);
    }

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

    private List<(int, int)> Split(string units, int[]? offsets)
    {
        var pieces = new List<(int, int)>(units.Length / 4 + 1);
        var done = 0;
        foreach (var match in _regex.EnumerateMatches(units))
        {
            if (match.Length == 0)
                continue;
            Add(done, match.Index); // text that the pattern does not match becomes a separate piece
            Add(match.Index, match.Index + match.Length);
            done = match.Index + match.Length;
        }
        Add(done, units.Length);
        return pieces;

        void Add(int start, int end)
        {
            if (start == end)
                return;
            if (offsets != null)
                (start, end) = (offsets[start], offsets[end]);
            pieces.Add((start, end - start));
        }
    }

    private static char[] BuildStandIns()
    {
        var map = new char[30];
        // The last character of each category in the first plane, which patterns do not name explicitly.
        for (var c = 0; c < 0xFFFE; c++)
        {
            if (!char.IsSurrogate((char)c))
                map[(int)char.GetUnicodeCategory((char)c)] = (char)c;
        }
        return map;
    }
}
