using System.Text;
using Litre.Core;
using Litre.Data.Imaging;
using Litre.Data.Tokenization;

namespace Litre.Data.Chat;

/// <summary>
/// Collects ids, labels and token types of one conversation; text is buffered until a control token ends it, so that it is tokenized as a
/// unit. Not thread-safe.
/// </summary>
/// <param name="tokenizer">The checkpoint's tokenizer.</param>
/// <param name="template">Writes the tokens around an image's pads.</param>
/// <param name="images">Grids of the images that parts refer to by index.</param>
/// <param name="videos">Videos that parts refer to by index.</param>
/// <param name="mergeSize">Patches of one visual token along each side.</param>
public sealed class TokenWriter(
    Tokenizer tokenizer,
    ChatTemplate template,
    IReadOnlyList<PatchGrid> images,
    IReadOnlyList<VideoPlan> videos,
    int mergeSize
)
{
    private readonly List<int> _ids = [];
    private readonly List<int> _labels = [];
    private readonly List<byte> _types = [];
    private readonly StringBuilder _text = new();
    private bool _loss;

    private readonly List<(ContentKind, int)> _visuals = [];

    /// <summary>Sets whether text from here on carries loss.</summary>
    public void Begin(bool loss)
    {
        Flush();
        _loss = loss;
    }

    /// <summary>Appends text, in which content tokens are recognized and control tokens are not.</summary>
    public void AppendText(string text) => _text.Append(text);

    /// <summary>Appends a control token of the template.</summary>
    /// <param name="token">Its text.</param>
    /// <param name="isInput">Whether it is never predicted, like the marks around an image.</param>
    /// <exception cref="InputException">The tokenizer has no such token.</exception>
    public void AppendControl(string token, bool isInput = false)
    {
        Flush();
        Add(tokenizer.IdOf(token), 0);
        if (isInput)
            _labels[^1] = EncodedChat.NoLoss;
    }

    /// <summary>Appends the pads of an image, or of one temporal patch of a video.</summary>
    /// <param name="kind">Image or video.</param>
    /// <param name="token">The text of each pad token.</param>
    /// <param name="count">The number of pads.</param>
    /// <exception cref="InputException">The tokenizer has no such token.</exception>
    public void AppendPads(ContentKind kind, string token, int count)
    {
        Flush();
        var (id, type) = (tokenizer.IdOf(token), kind == ContentKind.Image ? (byte)1 : (byte)2);
        for (var i = 0; i < count; i++)
            Add(id, type);
    }

    /// <summary>Appends parts of a message in their order.</summary>
    /// <exception cref="InputException">A part refers to an image or video that does not exist.</exception>
    public void AppendParts(IEnumerable<ContentPart> parts)
    {
        foreach (var part in parts)
        {
            if (part.Kind == ContentKind.Text)
            {
                AppendText(part.Text);
                continue;
            }
            if (part.Kind == ContentKind.Image)
            {
                Expect("image", part.Index, images.Count);
                template.WriteImage(this, images[part.Index].Tokens(mergeSize));
            }
            else
            {
                Expect("video", part.Index, videos.Count);
                var video = videos[part.Index];
                template.WriteVideo(this, video.Seconds, video.Grid.TokensPerFrame(mergeSize));
            }
            _visuals.Add((part.Kind, part.Index));
        }
    }

    /// <summary>Everything that was appended.</summary>
    internal EncodedChat Finish()
    {
        Flush();
        return new EncodedChat([.. _ids], [.. _labels], [.. _types], _visuals);
    }

    private void Flush()
    {
        if (_text.Length == 0)
            return;
        foreach (var id in tokenizer.Encode(_text.ToString(), SpecialTokens.ContentOnly))
            Add(id, 0);
        _text.Clear();
    }

    private void Add(int id, byte type)
    {
        _ids.Add(id);
        // A pad inside an answer is input and is never predicted.
        _labels.Add(_loss && type == 0 ? id : EncodedChat.NoLoss);
        _types.Add(type);
    }

    private static void Expect(string what, int index, int count)
    {
        if ((uint)index >= (uint)count)
            throw new InputException(
                $"messages: refer to {what} {index + 1}, but only {count} are given; give one for each placeholder in the text"
            );
    }
}
