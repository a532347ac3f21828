using Litre.Data.Chat;
using Litre.Data.Tokenization;
using Litre.Inference.Sampling;

namespace Litre.Inference;

/// <summary>
/// Turns tokens into pieces of text as they are generated, without the white space and the empty thought that an answer may begin with.
/// </summary>
/// <param name="decoder">The decoder of one answer.</param>
/// <param name="onText">Called with each piece; null to discard them.</param>
/// <param name="settings">Texts that end the answer, and its form; null for none. An answer of a given form is left as it is.</param>
internal sealed class TextStream(StreamingDecoder decoder, Action<string>? onText, GenerationSettings? settings = null)
{
    private readonly StopStringFilter? _stops = settings is { StopStrings.Count: > 0 } ? new StopStringFilter(settings.StopStrings) : null;
    private bool _begun = settings?.Format is not null;
    private string _beginning = ""; // held back while it may be an empty thought

    /// <summary>Whether a stop string was found.</summary>
    public bool IsStopped => _stops is { IsStopped: true };

    public void Push(int token) => Append(Filter(decoder.Push(token)), isEnd: false);

    /// <summary>Emits what was held back: an incomplete character, or the beginning of a thought.</summary>
    public void Finish() => Append(Filter(decoder.Finish()) + _stops?.Finish(), isEnd: true);

    private string Filter(string text) => _stops?.Push(text) ?? text;

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
