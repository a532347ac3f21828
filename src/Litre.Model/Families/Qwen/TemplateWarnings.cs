using Litre.Data.Chat;

namespace Litre.Model.Families.Qwen;

/// <summary>Warnings about effects of a checkpoint's template that a conversation's author may not expect.</summary>
internal static class TemplateWarnings
{
    /// <summary>One line per warning; none for most conversations.</summary>
    /// <param name="form">How the template handles thoughts.</param>
    /// <param name="messages">The conversation.</param>
    public static IEnumerable<string> Of(ThoughtForm form, IReadOnlyList<Message> messages)
    {
        if (form == ThoughtForm.None)
        {
            if (messages.Any(m => m.Role == Role.Assistant && m.Thought != null))
                yield return "an answer has a separate thought (reasoning_content), which this checkpoint's template "
                    + "omits, so only the answer is learned; use a Thinking model to learn the thought";
            if (messages.Any(m => m.Role == Role.Assistant && m.Thought == null && ThoughtMarks.StartsWithThought(m)))
                yield return "an answer starts with a thought, but the checkpoint is not a Thinking model, so <think> "
                    + "and the thought are learned as part of the answer; remove the thought, or use a Thinking model";
            yield break;
        }
        var question = ThinkingTurns.LastQuestion(messages);
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i].Role != Role.Assistant)
                continue;
            if (i < question && ThoughtMarks.ContainsThought(messages[i]))
                yield return "an answer before the last question has a thought, which the checkpoint's template omits, "
                    + "so only the answer is learned; give each answer with a thought its own row";
            if (form == ThoughtForm.Opened && i == messages.Count - 1 && i > question && !ThoughtMarks.ContainsThought(messages[i]))
                yield return "the last answer has no thought, but the checkpoint is a Thinking model, so it learns not "
                    + "to think; use an Instruct model, or add the thoughts";
        }
    }
}
