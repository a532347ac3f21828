using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Samples;
using Litre.Data.Video;
using Litre.Server.Answers;

namespace Litre.Server.OpenAi;

/// <summary>Reads the messages of a request.</summary>
internal static class ChatMessages
{
    /// <exception cref="InputException">A message is malformed or not supported, or there is nothing to answer.</exception>
    public static Sample Read(RequestField root, IReadOnlyList<OfferedTool> tools, int maximumImages)
    {
        var builder = new ConversationBuilder(maximumImages);
        var messages = root.Require("messages");
        foreach (var message in messages.Items())
            Read(message, builder);
        if (builder.IsEmpty)
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
        switch (role.Text())
        {
            case "system" or "developer":
                builder.Add(Role.System, Parts(message.Require("content"), builder, imagesAllowed: false));
                break;
            case "user":
                builder.Add(Role.User, Parts(message.Require("content"), builder, imagesAllowed: true));
                break;
            case "assistant":
                var (calls, ids) = FunctionFields.Calls(message);
                var content = message.Get("content") is { } given ? Parts(given, builder, imagesAllowed: false) : [];
                builder.AddAnswer(content, FunctionFields.Thought(message), calls, ids);
                break;
            case "tool":
                builder.AddResult(message.Get("tool_call_id")?.Text(), Parts(message.Require("content"), builder, imagesAllowed: true));
                break;
            default:
                throw role.Refuse($"'{role.Text()}' is unknown", "use system, user, assistant or tool");
        }
    }

    private static List<ContentPart> Parts(RequestField content, ConversationBuilder builder, bool imagesAllowed)
    {
        if (content.IsText)
            return content.Text() is { Length: > 0 } text ? [ContentPart.OfText(text)] : [];
        var parts = new List<ContentPart>();
        foreach (var part in content.Items())
            parts.Add(Part(part, builder, imagesAllowed));
        return parts;
    }

    private static ContentPart Part(RequestField part, ConversationBuilder builder, bool imagesAllowed)
    {
        var type = part.IsText ? "text" : part.Require("type").Text();
        switch (type)
        {
            case "text" or "input_text" or "refusal":
                return ContentPart.OfText(part.IsText ? part.Text() : part.Require(type == "refusal" ? type : "text").Text());
            case "image_url" or "input_image" when imagesAllowed:
                return builder.AddImage(Url(part.Require("image_url")));
            case "image" when imagesAllowed:
                return builder.AddImage(Url(part.Require("image")));
            case "video_url" when imagesAllowed:
                return builder.AddVideo(Url(part.Require("video_url")), Rate(part));
            case "video" when imagesAllowed:
                return builder.AddVideo(part.Require("video"), Rate(part));
            default:
                throw part.Refuse($"a part of the type '{type}' is not supported here", "send text or images");
        }
    }

    // An object with the URL, or the URL.
    private static RequestField Url(RequestField field) => field.IsText ? field : field.Require("url");

    private static VideoSettings Rate(RequestField part) =>
        new() { SampledFramesPerSecond = (part.Get("sample_fps") ?? part.Get("fps"))?.Number() };
}
