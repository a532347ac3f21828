using Litre.Core;
using Litre.Data.Imaging;
using Litre.Data.Tokenization;

namespace Litre.Data.Chat;

/// <summary>
/// Encodes conversations as a checkpoint's template does and marks the tokens that carry loss: every answer with the token that ends its
/// turn, in all turns, but not what the template writes after it, which generation never reaches. Texts become content tokens if they spell
/// them, never control tokens, so no text can leave its turn. The opening of an answer and the answer are encoded separately, as in
/// generation. Thread-safe.
/// </summary>
public sealed class ChatEncoder
{
    private readonly int _mergeSize;

    /// <param name="tokenizer">The checkpoint's tokenizer.</param>
    /// <param name="template">The checkpoint's template.</param>
    /// <param name="mergeSize">Patches of one visual token along each side; not used if there are no images.</param>
    /// <exception cref="InputException">The tokenizer lacks a control token of the template.</exception>
    public ChatEncoder(Tokenizer tokenizer, ChatTemplate template, int mergeSize)
    {
        (Tokenizer, Template, _mergeSize) = (tokenizer, template, mergeSize);
        // A missing token is reported here rather than for a row.
        foreach (var token in template.ControlTokens)
            _ = tokenizer.IdOf(token);
        EndToken = tokenizer.IdOf(tokenizer.Format.TurnEnd);
    }

    /// <summary>The token that ends an answer.</summary>
    public int EndToken { get; }

    public Tokenizer Tokenizer { get; }

    public ChatTemplate Template { get; }

    /// <summary>Encodes a conversation, or plain text (<see cref="Message.IsPlainText"/>).</summary>
    /// <param name="messages">The turns.</param>
    /// <param name="images">Grids of the images that parts refer to by index.</param>
    /// <param name="videos">Videos that parts refer to by index.</param>
    /// <param name="addGenerationPrompt">Ends with the opening of an answer, for generation.</param>
    /// <exception cref="InputException">A part refers to an image or video that does not exist, or the template does not support a
    /// turn.</exception>
    public EncodedChat Encode(
        IReadOnlyList<Message> messages,
        IReadOnlyList<PatchGrid> images,
        IReadOnlyList<VideoPlan> videos,
        bool addGenerationPrompt = false
    )
    {
        var writer = new TokenWriter(Tokenizer, Template, images, videos, _mergeSize);
        if (messages is [{ IsPlainText: true } text] && !addGenerationPrompt)
            return PlainText(writer, text);
        Template.Write(writer, messages);
        if (addGenerationPrompt)
            Template.WriteGenerationPrompt(writer);
        return writer.Finish();
    }

    // As in pretraining: not in a turn, and followed by the token that ends documents.
    private EncodedChat PlainText(TokenWriter writer, Message text)
    {
        writer.Begin(loss: true);
        writer.AppendParts(text.Parts);
        writer.AppendControl(Tokenizer.Format.EndOfText);
        var encoded = writer.Finish();
        encoded.Labels[0] = EncodedChat.NoLoss; // nothing before it predicts it
        return encoded;
    }
}
