using Litre.Core;
using Litre.Data.Boxes;
using Litre.Data.Chat;
using Litre.Data.Imaging;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    /// <summary>Lines about texts that are learned otherwise than their author may expect.</summary>
    /// <exception cref="RowException">A text holds a conversation that a template has rendered.</exception>
    private static void CheckTexts(RowFields row, List<Message> messages)
    {
        foreach (var message in messages)
        {
            foreach (var text in Texts(message))
            {
                if (SpelledTokens.IsRenderedConversation(text))
                    throw new RowException(
                        "a text holds a whole conversation that a chat template has rendered",
                        "give its turns one by one, without the template's tokens"
                    );
                foreach (var token in SpelledTokens.Find(text))
                    row.Warn(
                        $"{Speaker(message.Role)} spells the control token {token}, which stays letters: the template "
                            + "writes such tokens itself; remove it from the text"
                    );
                foreach (var place in SpelledTokens.FindPlaces(text))
                    row.Warn(
                        $"{Speaker(message.Role)} spells {place}, which looks like the place of an image, a video or "
                            + "an object, but stays letters; write <image> or <video> there, or remove it"
                    );
                foreach (var remark in BoxWarnings.Of(text))
                    row.Warn(remark);
            }
            if (message.Role == Role.Assistant && ThoughtMarks.FindProblem(message) is { } trouble)
                row.Warn(trouble);
        }
    }

    /// <summary>Brings boxes and points to the model's scale, where the data are said to have another.</summary>
    /// <exception cref="RowException">They are not on the scale that is said, or it is not known of which image they are.</exception>
    private IReadOnlyList<string>? ConvertBoxes(RowFields row, List<Message> messages, RowMedia media, IReadOnlyList<string>? references)
    {
        // What 'objects' brought is on the model's scale by now.
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
