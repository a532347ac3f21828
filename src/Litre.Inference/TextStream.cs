using Litre.Data.Chat;
using Litre.Data.Tokenization;

namespace Litre.Inference;

/// <summary>
/// Turns tokens into pieces of text as they are generated, without the white space and the empty thought that an answer may begin with.
/// </summary>
/// <param name="decoder">The decoder of one answer.</param>
/// <param name="onText">Called with each piece; null to discard them.</param>
internal sealed class TextStream(StreamingDecoder decoder, Action<string>? onText)
{
    private bool _begun;
    private string _beginning = ""; // held back while it may be an empty thought

    public void Push(int token) => Append(decoder.Push(token), isEnd: false);

    /// <summary>Emits what was held back: an incomplete character, or the beginning of a thought.</summary>
    public void Finish() => Append(decoder.Finish(), isEnd: true);

    private void Append(string text, bool isEnd)
    {
        if (!_begun)
        {
            _beginning += text;
            if (!isEnd && Thoughts.MayBecomeEmpty(_beginning))
                return;
            text = Thoughts.WithoutEmpty(_beginning).TrimStart();
        }
        if (text.Length == 0)
            return;
        _begun = true;
        onText?.Invoke(text);
    }
}
