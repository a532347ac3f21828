using Litre.Core;
using Litre.Data.Boxes;
using Litre.Data.Chat;
using Litre.Data.Imaging;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    /// <summary>Adds warnings about texts that are learned differently from what their author may expect.</summary>
    /// <exception cref="RowException">A text contains a conversation rendered by a template.</exception>
    private static void CheckTexts(RowFields row, List<Message> messages)
    {
        foreach (var message in messages)
        {
            foreach (var text in Texts(message))
            {
                if (SpelledTokens.IsRenderedConversation(text))
                    throw new RowException(
                        "a text contains a whole conversation rendered by a chat template",
                        "give its turns separately, without the template's tokens"
                    );
                foreach (var token in SpelledTokens.Find(text))
                    row.Warn(
                        $"{Speaker(message.Role)} spells out the control token {token}, which is read as plain text: the template "
                            + "writes such tokens itself; remove it from the text"
                    );
                foreach (var place in SpelledTokens.FindPlaces(text))
                    row.Warn(
                        $"{Speaker(message.Role)} contains {place}, which looks like the placeholder of an image, a video or "
                            + "an object, but is read as plain text; write <image> or <video> there, or remove it"
                    );
                foreach (var remark in BoxWarnings.Of(text))
                    row.Warn(remark);
            }
            if (message.Role == Role.Assistant && ThoughtMarks.FindProblem(message) is { } trouble)
                row.Warn(trouble);
        }
    }

    /// <summary>Converts boxes and points to the model's scale if the data's scale is stated to be different.</summary>
    /// <exception cref="RowException">They are not on the stated scale, or it is unclear which image they refer to.</exception>
    private IReadOnlyList<string>? ConvertBoxes(RowFields row, List<Message> messages, RowMedia media, IReadOnlyList<string>? references)
    {
        // Boxes from 'objects' are already on the model's scale.
        if (boxes == BoxScale.Thousandths || row.Has("objects") || !messages.SelectMany(Texts).Any(BoxConverter.Has))
            return references;
        try
        {
            var converter = BoxConverter.Of(boxes, media.Images, ImageLimits.Default);
            for (var i = 0; i < messages.Count; i++)
                messages[i] = converter.Convert(messages[i]);
            return references?.Select(converter.Convert).ToList();
        }
        catch (InputException e)
        {
            var cut = e.Message.LastIndexOf("; ", StringComparison.Ordinal);
            throw new RowException(cut < 0 ? e.Message : e.Message[..cut], cut < 0 ? "correct the boxes" : e.Message[(cut + 2)..]);
        }
    }

    private static IEnumerable<string> Texts(Message message)
    {
        foreach (var part in message.Parts)
            if (part.Kind == ContentKind.Text)
                yield return part.Text;
        foreach (var call in message.ToolCalls)
            yield return call.Arguments;
        if (message.Thought is { } thought)
            yield return thought;
    }

    private static string Speaker(Role role) =>
        role switch
        {
            Role.Assistant => "an answer",
            Role.System => "a system message",
            Role.Tool => "a tool's response",
            _ => "a question",
        };
}
