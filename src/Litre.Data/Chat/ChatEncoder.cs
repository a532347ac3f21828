using System.Globalization;
using Litre.Core;
using Litre.Data.Imaging;
using Litre.Data.Tokenization;

namespace Litre.Data.Chat;

/// <summary>
/// Writes conversations as Qwen3-VL's template does and marks what carries loss: every answer with its
/// <c>&lt;|im_end|&gt;</c>, in all turns; not the newline after it, which no generation ever reaches. Texts become
/// content tokens where they spell them, never control tokens, so none leaves its turn. The opening of an answer and
/// the answer are encoded apart, as a generation sees them. Thread-safe.
/// </summary>
public sealed class ChatEncoder
{
    private readonly Tokenizer _tokenizer;
    private readonly ChatTemplate _template;
    private readonly int _mergeSize;
    private readonly int _start,
        _end,
        _visionStart,
        _visionEnd,
        _imagePad,
        _videoPad;

    /// <exception cref="InputException">The tokenizer lacks a control token of the template.</exception>
    public ChatEncoder(Tokenizer tokenizer, ChatTemplate template, int mergeSize = 2)
    {
        (_tokenizer, _template, _mergeSize) = (tokenizer, template, mergeSize);
        _start = tokenizer.IdOf("<|im_start|>");
        _end = tokenizer.IdOf("<|im_end|>");
        _visionStart = tokenizer.IdOf("<|vision_start|>");
        _visionEnd = tokenizer.IdOf("<|vision_end|>");
        _imagePad = tokenizer.IdOf("<|image_pad|>");
        _videoPad = tokenizer.IdOf("<|video_pad|>");
    }

    /// <summary>Ends an answer.</summary>
    public int EndToken => _end;

    public Tokenizer Tokenizer => _tokenizer;

    public ChatTemplate Template => _template;

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
        var writer = new TokenWriter(_tokenizer);
        if (messages is [{ IsPlainText: true } text] && !addGenerationPrompt)
            return PlainText(writer, text, images, videos);
        var lastQuestion = _template.Thinks ? ThinkingTurns.LastQuestion(messages) : 0;
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            Refuse(message, i);
            if (message.Role == Role.Assistant)
                WriteAnswer(writer, message, i > lastQuestion, i == messages.Count - 1, images, videos);
            else if (message.Role == Role.Tool)
                WriteToolResult(
                    writer,
                    message,
                    i > 0 && messages[i - 1].Role == Role.Tool,
                    i + 1 < messages.Count && messages[i + 1].Role == Role.Tool,
                    images,
                    videos
                );
            else
                WriteTurn(writer, message, images, videos);
        }
        if (addGenerationPrompt)
        {
            writer.Begin(loss: false);
            writer.AppendControl(_start);
            writer.AppendText(_template.GenerationPrompt);
        }
        return writer.Finish();
    }

    // As in pretraining: no turn around it, and the token that ends documents after it.
    private EncodedChat PlainText(TokenWriter writer, Message text, IReadOnlyList<PatchGrid> images, IReadOnlyList<VideoPlan> videos)
    {
        writer.Begin(loss: true);
        foreach (var part in text.Parts)
            WritePart(writer, part, images, videos);
        writer.AppendControl(_tokenizer.IdOf("<|endoftext|>"));
        var encoded = writer.Finish();
        encoded.Labels[0] = EncodedChat.NoLoss; // nothing stands before it that could foretell it
        return encoded;
    }

    private void WriteTurn(TokenWriter writer, Message message, IReadOnlyList<PatchGrid> images, IReadOnlyList<VideoPlan> videos)
    {
        writer.Begin(loss: false);
        writer.AppendControl(_start);
        writer.AppendText(message.Role == Role.System ? "system\n" : "user\n");
        foreach (var part in message.Parts)
            WritePart(writer, part, images, videos);
        if (message.Tools.Count > 0)
        {
            if (message.Parts.Count > 0)
                writer.AppendText("\n\n");
            writer.AppendText(ToolDefinitions.Write(message.Tools));
        }
        writer.AppendControl(_end);
        writer.AppendText("\n");
    }

    private void WriteAnswer(
        TokenWriter writer,
        Message message,
        bool afterLastQuestion,
        bool last,
        IReadOnlyList<PatchGrid> images,
        IReadOnlyList<VideoPlan> videos
    )
    {
        writer.Begin(loss: false);
        writer.AppendControl(_start);
        writer.AppendText("assistant\n");
        IReadOnlyList<ContentPart> parts = message.Parts;
        if (!_template.Thinks && message.ToolCalls.Count > 0)
        {
            parts =
            [
                .. parts,
                ContentPart.OfText(
                    (parts.Any(p => p.Kind != ContentKind.Text || p.Text.Length > 0) ? "\n" : "") + ToolCall.Append("", message.ToolCalls)
                ),
            ];
        }
        if (_template.Thinks)
        {
            var text = ThinkingTurns.Render(message, afterLastQuestion, last);
            var opening = _template.GenerationPrompt["assistant\n".Length..];
            if (text.StartsWith(opening, StringComparison.Ordinal))
            {
                writer.AppendText(opening); // the generation prompt holds it already
                text = text[opening.Length..];
            }
            parts = [.. message.Parts.Where(p => p.Kind != ContentKind.Text), ContentPart.OfText(text)];
        }
        writer.Begin(message.CarriesLoss);
        foreach (var part in parts)
            WritePart(writer, part, images, videos);
        writer.AppendControl(_end);
        writer.Begin(loss: false);
        writer.AppendText("\n");
    }

    private void WriteToolResult(
        TokenWriter writer,
        Message message,
        bool continues,
        bool isFollowed,
        IReadOnlyList<PatchGrid> images,
        IReadOnlyList<VideoPlan> videos
    )
    {
        writer.Begin(loss: false);
        if (!continues)
        {
            writer.AppendControl(_start);
            writer.AppendText("user");
        }
        writer.AppendText("\n<tool_response>\n");
        foreach (var part in message.Parts)
            WritePart(writer, part, images, videos);
        writer.AppendText("\n</tool_response>");
        if (isFollowed)
            return;
        writer.AppendControl(_end);
        writer.AppendText("\n");
    }

    private void Refuse(Message message, int index)
    {
        if (!_template.WritesTools && (message.ToolCalls.Count > 0 || message.Tools.Count > 0))
        {
            throw new InputException(
                $"messages: {(message.Tools.Count > 0 ? "functions are defined" : "an answer calls a function")}, "
                    + "which the checkpoint's chat template does not write; use a checkpoint whose template does, or "
                    + "write them into the text"
            );
        }
        if (!_template.LaterSystems && message.Role == Role.System && index > 0)
            throw new InputException(
                $"messages: turn {index + 1} is a system message, which the checkpoint's chat template omits after "
                    + "the first turn; join it to the first one"
            );
    }

    private void WritePart(TokenWriter writer, ContentPart part, IReadOnlyList<PatchGrid> images, IReadOnlyList<VideoPlan> videos)
    {
        switch (part.Kind)
        {
            case ContentKind.Text:
                writer.AppendText(part.Text);
                break;
            case ContentKind.Image:
                Expect("image", part.Index, images.Count);
                WriteVisual(writer, _imagePad, images[part.Index].Tokens(_mergeSize), 1);
                writer.Visuals.Add((part.Kind, part.Index));
                break;
            default:
                Expect("video", part.Index, videos.Count);
                var video = videos[part.Index];
                for (var f = 0; f < video.Grid.Frames; f++)
                {
                    writer.AppendText($"<{Tenths(video.Seconds[f])} seconds>");
                    WriteVisual(writer, _videoPad, video.Grid.TokensPerFrame(_mergeSize), 2);
                }
                writer.Visuals.Add((part.Kind, part.Index));
                break;
        }
    }

    private void WriteVisual(TokenWriter writer, int pad, int count, byte type)
    {
        writer.AppendControl(_visionStart, isInput: true);
        writer.AppendPads(pad, count, type);
        writer.AppendControl(_visionEnd, isInput: true);
    }

    // Python's .1f: the exact binary value, and exact ties (only x.25 and x.75 are any) to the even digit; .NET's go up.
    internal static string Tenths(double seconds)
    {
        var quarters = seconds * 4;
        if (quarters == Math.Floor(quarters) && quarters % 2 != 0)
            seconds = Math.Round(seconds * 10, MidpointRounding.ToEven) / 10;
        return seconds.ToString("F1", CultureInfo.InvariantCulture);
    }

    private static void Expect(string what, int index, int count)
    {
        if ((uint)index >= (uint)count)
            throw new InputException(
                $"messages: refer to {what} {index + 1}, but only {count} are given; give as many as the text has places for"
            );
    }
}
