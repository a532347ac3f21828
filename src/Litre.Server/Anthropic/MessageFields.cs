using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Formats;
using Litre.Data.Samples;
using Litre.Server.Answers;

namespace Litre.Server.Anthropic;

/// <summary>Reads the system prompt and the messages of a request.</summary>
internal static class MessageFields
{
    /// <exception cref="InputException">A block is malformed or of a kind that is not supported, or there is nothing to answer.</exception>
    public static Sample Read(RequestField root, IReadOnlyList<OfferedTool> tools, int maximumImages)
    {
        var builder = new ConversationBuilder(maximumImages);
        if (root.Get("system") is { } system && Parts(system, builder, imagesAllowed: false) is { Count: > 0 } prompt)
            builder.Add(Role.System, prompt);
        var messages = root.Require("messages");
        foreach (var message in messages.Items())
            Read(message, builder);
        if (messages.Value.GetArrayLength() == 0)
            throw messages.Refuse("is empty", "send at least one message of the user");
        if (builder.EndsWithAnswer)
            throw messages.Refuse(
                "the last message is the assistant's, and continuing an answer is not supported",
                "end with a message of the user"
            );
        return builder.ToSample(tools);
    }

    private static void Read(RequestField message, ConversationBuilder builder)
    {
        var role = message.Require("role");
        var content = message.Require("content");
        switch (role.Text())
        {
            case "user":
                ReadQuestion(content, builder);
                break;
            case "assistant":
                ReadAnswer(content, builder);
                break;
            case "system":
                builder.Add(Role.System, Parts(content, builder, imagesAllowed: false));
                break;
            default:
                throw role.Refuse($"'{role.Text()}' is unknown", "use user or assistant");
        }
    }

    // Results of calls are turns of their own.
    private static void ReadQuestion(RequestField content, ConversationBuilder builder)
    {
        var parts = new List<ContentPart>();
        foreach (var block in Blocks(content))
        {
            if (!block.IsText && block.Require("type").Text() == "tool_result")
            {
                if (parts.Count > 0)
                    builder.Add(Role.User, parts);
                parts = [];
                var result = block.Get("content") is { } given ? Parts(given, builder, imagesAllowed: true) : [];
                builder.AddResult(block.Require("tool_use_id").Text(), result);
                continue;
            }
            Append(parts, block, builder, imagesAllowed: true);
        }
        if (parts.Count > 0)
            builder.Add(Role.User, parts);
    }

    private static void ReadAnswer(RequestField content, ConversationBuilder builder)
    {
        var parts = new List<ContentPart>();
        var calls = new List<ToolCall>();
        var ids = new List<string>();
        string? thought = null;
        foreach (var block in Blocks(content))
        {
            switch (block.IsText ? "text" : block.Require("type").Text())
            {
                case "tool_use":
                    calls.Add(new ToolCall(block.Require("name").Text(), TemplateJson.Write(block.Require("input").Value)));
                    ids.Add(block.Require("id").Text());
                    break;
                case "thinking":
                    thought += block.Require("thinking").Text();
                    break;
                case "redacted_thinking":
                    break;
                default:
                    Append(parts, block, builder, imagesAllowed: false);
                    break;
            }
        }
        builder.AddAnswer(parts, thought, calls, ids);
    }

    private static List<ContentPart> Parts(RequestField content, ConversationBuilder builder, bool imagesAllowed)
    {
        var parts = new List<ContentPart>();
        foreach (var block in Blocks(content))
            Append(parts, block, builder, imagesAllowed);
        return parts;
    }

    private static IEnumerable<RequestField> Blocks(RequestField content) => content.IsText ? [content] : content.Items();

    private static void Append(List<ContentPart> parts, RequestField block, ConversationBuilder builder, bool imagesAllowed)
    {
        var type = block.IsText ? "text" : block.Require("type").Text();
        switch (type)
        {
            case "text":
                AppendText(parts, block.IsText ? block.Text() : block.Require("text").Text());
                break;
            case "image" when imagesAllowed:
                parts.Add(Image(block, builder));
                break;
            case "document" when block.Get("source") is { } source && source.Require("type").Text() == "text":
                AppendText(parts, source.Require("data").Text());
                break;
            default:
                throw block.Refuse(
                    $"a block of the type '{type}' is not supported here",
                    type == "document" ? "send the pages as images" : "send text or images"
                );
        }
    }

    // Blocks of text are separate paragraphs; without a line break the last word of one would touch the first of the next.
    private static void AppendText(List<ContentPart> parts, string text)
    {
        if (text.Length == 0)
            return;
        var separates = parts is [.., { Kind: ContentKind.Text } before] && !before.Text.EndsWith('\n');
        parts.Add(ContentPart.OfText(separates ? "\n" + text : text));
    }

    private static ContentPart Image(RequestField block, ConversationBuilder builder)
    {
        var source = block.Require("source");
        var type = source.Require("type");
        return type.Text() switch
        {
            "base64" => builder.AddImage(source.Path, source.Require("data").Text()),
            "url" => throw source.Refuse(
                "the server opens no address, so an image cannot be given by its URL",
                "send the bytes of the image: type base64, media_type and data"
            ),
            _ => throw type.Refuse($"'{type.Text()}' is not supported", "use base64"),
        };
    }
}
