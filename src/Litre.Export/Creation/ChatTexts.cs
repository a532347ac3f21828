using Litre.Data.Chat;
using Litre.Data.Samples;

namespace Litre.Export.Creation;

/// <summary>The runs of text that <see cref="ChatEncoder"/> encodes as one, for training a tokenizer on what a model will see.</summary>
public static class ChatTexts
{
    /// <summary>Every run of a sample's conversation in its order: openings of turns, and texts between images.</summary>
    public static IEnumerable<string> Of(Sample sample)
    {
        foreach (var message in sample.Messages)
        {
            // A question merges with the opening of its turn; an answer is encoded apart from it.
            var run = message.Role switch
            {
                Role.System => "system\n",
                Role.Assistant => "assistant\n",
                _ => "user\n",
            };
            if (message.Role == Role.Assistant)
            {
                yield return run;
                run = "";
            }
            foreach (var part in Parts(message))
            {
                if (part.Kind == ContentKind.Text)
                {
                    run += part.Text;
                    continue;
                }
                if (run.Length > 0)
                    yield return run;
                run = "";
            }
            if (run.Length > 0)
                yield return run;
            yield return "\n";
        }
    }

    private static IEnumerable<ContentPart> Parts(Message message)
    {
        if (message.Thought is { } thought)
            yield return ContentPart.OfText(thought);
        foreach (var part in message.Parts)
            yield return part;
        if (message.Tools.Count > 0)
            yield return ContentPart.OfText("\n\n" + ToolDefinitions.Write(message.Tools));
        if (message.ToolCalls.Count > 0)
            yield return ContentPart.OfText("\n" + ToolCall.Append("", message.ToolCalls));
    }
}
