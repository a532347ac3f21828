using System.Text;

namespace Litre.Data.Tokenization;

/// <summary>
/// Decodes tokens one at a time. A character whose bytes are spread over several tokens appears when its last
/// byte does, so the joined pieces equal the text decoded at once. Not thread-safe.
/// </summary>
public sealed class StreamingDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecial;
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();

    internal StreamingDecoder(Tokenizer tokenizer, bool skipSpecial)
    {
        _tokenizer = tokenizer;
        _skipSpecial = skipSpecial;
    }

    /// <summary>The text completed by this token; empty while a character is incomplete.</summary>
    public string Push(int id)
    {
        if (_skipSpecial && _tokenizer.IsSpecial(id))
            return "";
        return Decode(_tokenizer.TokenBytes(id), flush: false);
    }

    /// <summary>The rest at the end: U+FFFD for an incomplete character, otherwise nothing.</summary>
    public string Finish() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        var chars = new char[_utf8.GetCharCount(bytes, flush)];
        var count = _utf8.GetChars(bytes, chars, flush);
        return new string(chars, 0, count);
    }
}
