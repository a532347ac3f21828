namespace Litre.Data.Tokenization;

/// <summary>Finds added tokens in text: leftmost first, and the longest of those that start at one position.</summary>
internal sealed class AddedTokenSplitter
{
    private readonly Dictionary<char, AddedToken[]> _byFirst;
    private readonly System.Buffers.SearchValues<char> _first;

    public AddedTokenSplitter(IEnumerable<AddedToken> tokens)
    {
        _byFirst = tokens.GroupBy(t => t.Content[0]).ToDictionary(g => g.Key, g => g.OrderByDescending(t => t.Content.Length).ToArray());
        _first = System.Buffers.SearchValues.Create(_byFirst.Keys.ToArray());
    }

    /// <summary>Calls <paramref name="onText"/> and <paramref name="onToken"/> in the order of the text.</summary>
    public void Split(string text, Action<string> onText, Action<int> onToken)
    {
        var done = 0;
        var at = 0;
        while (at < text.Length)
        {
            var step = text.AsSpan(at).IndexOfAny(_first);
            if (step < 0)
                break;
            at += step;
            if (Match(text, at) is not { } token)
            {
                at++;
                continue;
            }
            var start = at;
            var end = at + token.Content.Length;
            if (token.StripsLeft)
                while (start > done && char.IsWhiteSpace(text[start - 1]))
                    start--;
            if (token.StripsRight)
                while (end < text.Length && char.IsWhiteSpace(text[end]))
                    end++;
            if (start > done)
                onText(text[done..start]);
            onToken(token.Id);
            done = at = end;
        }
        if (done == 0)
            onText(text);
        else if (done < text.Length)
            onText(text[done..]);
    }

    private AddedToken? Match(string text, int at)
    {
        foreach (var token in _byFirst[text[at]])
        {
            if (string.CompareOrdinal(text, at, token.Content, 0, token.Content.Length) == 0)
                return token;
        }
        return null;
    }
}

/// <summary>One entry of <c>added_tokens</c> in <c>tokenizer.json</c>.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="Content">Its text.</param>
/// <param name="IsSpecial">Whether it is a control token, which is omitted from decoded text on request.</param>
/// <param name="IsNormalized">Whether it is matched in the normalized text instead of the original text.</param>
/// <param name="StripsLeft">Whether it includes white space before it.</param>
/// <param name="StripsRight">Whether it includes white space after it.</param>
public sealed record AddedToken(int Id, string Content, bool IsSpecial, bool IsNormalized, bool StripsLeft, bool StripsRight);
