using Litre.Model;

namespace Litre.Inference;

/// <summary>
/// Keys and values of the tokens that a model read and wrote last, for a prompt that begins with the same ones: the next turn of
/// a conversation computes what is new in it. For one model, whose weights and adapters stay as they are. Not thread-safe.
/// </summary>
/// <remarks>
/// What is kept is what was computed: an answer's tokens one at a time, the prompt's all at once. In bf16 these round differently, so an
/// answer may differ in its words from one that is computed from the start.
/// </remarks>
/// <param name="model">Borrowed.</param>
public sealed class PromptCache(VisionLanguageModel model) : IDisposable
{
    private KeyValueCaches? _caches;
    private ModelSample _known = Nothing; // without pixels

    private static ModelSample Nothing => new([], null, [], null) { PictureKeys = [] };

    /// <summary>Tokens in it.</summary>
    public int Length => _known.Ids.Length;

    /// <summary>
    /// How many of a prompt's first tokens are in it, the same pictures among them. The last is never counted: what follows it is
    /// asked for.
    /// </summary>
    public int Shared(ModelSample prompt)
    {
        var shared = Math.Min(_known.Ids.AsSpan().CommonPrefixLength(prompt.Ids), prompt.Ids.Length - 1);
        var (known, spans) = (_known.PictureSpans(model.Config), prompt.PictureSpans(model.Config));
        for (var i = 0; i < spans.Count && spans[i].Start < shared; i++)
        {
            var same =
                i < known.Count
                && spans[i] == known[i]
                && spans[i].End <= shared
                && prompt.PictureKeys?[i] is { } key
                && key == _known.PictureKeys![i];
            if (!same)
                return spans[i].Start;
        }
        return Math.Max(0, shared);
    }

    /// <summary>Forgets everything and frees the memory.</summary>
    public void Clear()
    {
        _caches?.Dispose();
        _caches = null;
        _known = Nothing;
    }

    public void Dispose() => Clear();

    /// <summary>The caches of one sequence with the first tokens only. Nothing counts as known until <see cref="Keep"/>.</summary>
    /// <param name="tokens">At most what is known.</param>
    /// <param name="capacity">Tokens that they must be able to hold.</param>
    internal KeyValueCaches Take(int tokens, int capacity)
    {
        _known = Nothing;
        _caches ??= new KeyValueCaches(model.Text, model.Config.Text, 1, capacity);
        _caches.Cut(0, tokens);
        _caches.Grow(capacity);
        return _caches;
    }

    /// <summary>Notes what the caches hold.</summary>
    /// <param name="prompt">Whole.</param>
    /// <param name="answer">The tokens after it; the last may not have been read.</param>
    internal void Keep(ModelSample prompt, int[] answer) =>
        _known = new ModelSample([.. prompt.Ids.Concat(answer).Take(_caches!.Length(0))], null, prompt.Grids, null)
        {
            PictureKeys = prompt.PictureKeys ?? [.. prompt.Grids.Select(_ => "")],
        };
}
