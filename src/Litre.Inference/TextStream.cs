using Litre.Data.Tokenization;

namespace Litre.Inference;

/// <summary>Turns tokens into pieces of text as they come, without the white space that an answer begins with.</summary>
/// <param name="decoder">Of one answer.</param>
/// <param name="onText">Told each piece; null for nobody.</param>
internal sealed class TextStream(StreamingDecoder decoder, Action<string>? onText)
{
    private bool _begun;

    public void Push(int token) => Give(decoder.Push(token));

    /// <summary>Gives what the decoder held back for a character that was not complete.</summary>
    public void Finish() => Give(decoder.Finish());

    private void Give(string text)
    {
        if (!_begun)
            text = text.TrimStart();
        if (text.Length == 0)
            return;
        _begun = true;
        onText?.Invoke(text);
    }
}
