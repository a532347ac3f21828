using System.Globalization;
using Litre.Core;
using Litre.Data.Chat;

namespace Litre.Model.Families.Qwen;

/// <summary>The form of chat text that a checkpoint uses.</summary>
/// <param name="Thoughts">How it handles thoughts: the Instruct models' form omits them, the Thinking models' form opens one.</param>
/// <param name="Notice">One line for the user if the checkpoint's template is missing or unknown.</param>
/// <param name="WritesTools">Whether it writes function definitions and calls, as JSON.</param>
/// <param name="LaterSystems">Whether it writes system messages after the first turn, which the Instruct models' form omits.</param>
public sealed record QwenTemplate(ThoughtForm Thoughts, string? Notice, bool WritesTools = true, bool LaterSystems = true)
    : ChatTemplate(Notice)
{
    private const string Answer = "assistant\n",
        OpenThought = Data.Chat.Thoughts.Open + "\n";

    /// <summary>The Instruct models' form.</summary>
    public static QwenTemplate Instruct { get; } = new(ThoughtForm.None, null, LaterSystems: false);

    /// <inheritdoc/>
    public override IReadOnlyList<string> ControlTokens =>
        ReadsImages
            ?
            [
                QwenTokens.TurnStart,
                QwenTokens.TurnEnd,
                QwenTokens.VisionStart,
                QwenTokens.VisionEnd,
                QwenTokens.ImagePad,
                QwenTokens.VideoPad,
            ]
            : [QwenTokens.TurnStart, QwenTokens.TurnEnd];

    /// <inheritdoc/>
    public override AnswerMarkup Answers =>
        new()
        {
            Thought = (Data.Chat.Thoughts.Open, Data.Chat.Thoughts.Close),
            StartsInThought = Thoughts == ThoughtForm.Opened,
            Calls = WritesTools ? JsonToolCalls.Instance : null,
        };

    /// <summary>Whether it writes images and videos.</summary>
    public bool ReadsImages { get; init; } = true;

    private bool Thinks => Thoughts != ThoughtForm.None;

    /// <inheritdoc/>
    public override void Write(TokenWriter writer, IReadOnlyList<Message> messages)
    {
        var lastQuestion = Thinks ? ThinkingTurns.LastQuestion(messages) : 0;
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            Refuse(message, i);
            if (message.Role == Role.Assistant)
                WriteAnswer(writer, message, i > lastQuestion, i == messages.Count - 1);
            else if (message.Role == Role.Tool)
                WriteToolResult(
                    writer,
                    message,
                    i > 0 && messages[i - 1].Role == Role.Tool,
                    i + 1 < messages.Count && messages[i + 1].Role == Role.Tool
                );
            else
                WriteTurn(writer, message);
        }
    }

    /// <inheritdoc/>
    public override void WriteGenerationPrompt(TokenWriter writer)
    {
        writer.Begin(loss: false);
        writer.AppendControl(QwenTokens.TurnStart);
        writer.AppendText(Thoughts == ThoughtForm.Opened ? Answer + OpenThought : Answer);
    }

    /// <inheritdoc/>
    public override void WriteImage(TokenWriter writer, int tokens) => WriteVisual(writer, ContentKind.Image, QwenTokens.ImagePad, tokens);

    /// <inheritdoc/>
    public override void WriteVideo(TokenWriter writer, IReadOnlyList<double> seconds, int tokensPerFrame)
    {
        foreach (var time in seconds)
        {
            writer.AppendText($"<{Tenths(time)} seconds>");
            WriteVisual(writer, ContentKind.Video, QwenTokens.VideoPad, tokensPerFrame);
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Warnings(IReadOnlyList<Message> messages) => TemplateWarnings.Of(Thoughts, messages);

    // Python's .1f: the exact binary value, and exact ties (only x.25 and x.75 are any) to the even digit; .NET's go up.
    internal static string Tenths(double seconds)
    {
        var quarters = seconds * 4;
        if (quarters == Math.Floor(quarters) && quarters % 2 != 0)
            seconds = Math.Round(seconds * 10, MidpointRounding.ToEven) / 10;
        return seconds.ToString("F1", CultureInfo.InvariantCulture);
    }

    private static void WriteTurn(TokenWriter writer, Message message)
    {
        writer.Begin(loss: false);
        writer.AppendControl(QwenTokens.TurnStart);
        writer.AppendText(message.Role == Role.System ? "system\n" : "user\n");
        writer.AppendParts(message.Parts);
        if (message.Tools.Count > 0)
        {
            if (message.Parts.Count > 0)
                writer.AppendText("\n\n");
            writer.AppendText(ToolDefinitions.Write(message.Tools));
        }
        writer.AppendControl(QwenTokens.TurnEnd);
        writer.AppendText("\n");
    }

    private void WriteAnswer(TokenWriter writer, Message message, bool afterLastQuestion, bool last)
    {
        writer.Begin(loss: false);
        writer.AppendControl(QwenTokens.TurnStart);
        writer.AppendText(Answer);
        IReadOnlyList<ContentPart> parts = message.Parts;
        if (!Thinks && message.ToolCalls.Count > 0)
        {
            parts =
            [
                .. parts,
                ContentPart.OfText(
                    (parts.Any(p => p.Kind != ContentKind.Text || p.Text.Length > 0) ? "\n" : "") + ToolCall.Append("", message.ToolCalls)
                ),
            ];
        }
        if (Thinks)
        {
            var text = ThinkingTurns.Render(message, afterLastQuestion, last);
            if (Thoughts == ThoughtForm.Opened && text.StartsWith(OpenThought, StringComparison.Ordinal))
            {
                writer.AppendText(OpenThought); // the generation prompt already contains it
                text = text[OpenThought.Length..];
            }
            parts = [.. message.Parts.Where(p => p.Kind != ContentKind.Text), ContentPart.OfText(text)];
        }
        writer.Begin(message.CarriesLoss);
        writer.AppendParts(parts);
        writer.AppendControl(QwenTokens.TurnEnd);
        writer.Begin(loss: false);
        writer.AppendText("\n");
    }

    private static void WriteToolResult(TokenWriter writer, Message message, bool continues, bool isFollowed)
    {
        writer.Begin(loss: false);
        if (!continues)
        {
            writer.AppendControl(QwenTokens.TurnStart);
            writer.AppendText("user");
        }
        writer.AppendText("\n<tool_response>\n");
        writer.AppendParts(message.Parts);
        writer.AppendText("\n</tool_response>");
        if (isFollowed)
            return;
        writer.AppendControl(QwenTokens.TurnEnd);
        writer.AppendText("\n");
    }

    private static void WriteVisual(TokenWriter writer, ContentKind kind, string pad, int count)
    {
        writer.AppendControl(QwenTokens.VisionStart, isInput: true);
        writer.AppendPads(kind, pad, count);
        writer.AppendControl(QwenTokens.VisionEnd, isInput: true);
    }

    private void Refuse(Message message, int index)
    {
        if (!WritesTools && (message.ToolCalls.Count > 0 || message.Tools.Count > 0))
        {
            throw new InputException(
                $"messages: {(message.Tools.Count > 0 ? "functions are defined" : "an answer calls a function")}, which "
                    + "the checkpoint's chat template does not support; use a checkpoint whose template does, or write them into the text"
            );
        }
        if (!LaterSystems && message.Role == Role.System && index > 0)
            throw new InputException(
                $"messages: turn {index + 1} is a system message, which the checkpoint's chat template omits after the "
                    + "first turn; merge it into the first one"
            );
    }
}
