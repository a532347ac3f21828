using Litre.Core;
using Litre.Data.Imaging;
using Litre.Data.Tokenization;

namespace Litre.Data.Chat;

/// <summary>
/// Writes conversations as a checkpoint's template does and marks what carries loss: every answer with the token that ends its turn, in
/// all turns; not what the template writes after it, which no generation ever reaches. Texts become content tokens where they spell
/// them, never control tokens, so none leaves its turn. The opening of an answer and the answer are encoded apart, as a generation sees
/// them. Thread-safe.
/// </summary>
public sealed class ChatEncoder
{
    private readonly int _mergeSize;

    /// <param name="tokenizer">The checkpoint's.</param>
    /// <param name="template">The checkpoint's.</param>
    /// <param name="mergeSize">Patches of one visual token along each side; not looked at where there are no images.</param>
    /// <exception cref="InputException">The tokenizer lacks a control token of the template.</exception>
    public ChatEncoder(Tokenizer tokenizer, ChatTemplate template, int mergeSize)
    {
        (Tokenizer, Template, _mergeSize) = (tokenizer, template, mergeSize);
        // What is missing is said before a row is blamed for it.
        foreach (var token in template.ControlTokens)
            _ = tokenizer.IdOf(token);
        EndToken = tokenizer.IdOf(tokenizer.Format.TurnEnd);
    }

    /// <summary>Ends an answer.</summary>
    public int EndToken { get; }

    public Tokenizer Tokenizer { get; }

    public ChatTemplate Template { get; }

    /// <summary>Encodes a conversation, or a text alone (<see cref="Message.IsPlainText"/>).</summary>
    /// <param name="messages">The turns.</param>
    /// <param name="images">Grids of the images that parts refer to by index.</param>
    /// <param name="videos">Videos that parts refer to by index.</param>
    /// <param name="addGenerationPrompt">Ends with the opening of an answer, for generation.</param>
    /// <exception cref="InputException">A part refers to an image or video that is not there, or the template does not write a
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

    // As in pretraining: no turn around it, and the token that ends documents after it.
    private EncodedChat PlainText(TokenWriter writer, Message text)
    {
        writer.Begin(loss: true);
        writer.AppendParts(text.Parts);
        writer.AppendControl(Tokenizer.Format.EndOfText);
        var encoded = writer.Finish();
        encoded.Labels[0] = EncodedChat.NoLoss; // nothing stands before it that could foretell it
        return encoded;
    }
}
