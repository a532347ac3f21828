using System.Text;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    private Sample Question(Fields row, string questionKey, string answerKey, List<ImageSource>? ofRow = null)
    {
        var (given, images, videos) = ReadMedia(row, ofRow);
        var text = ReadText(row, questionKey, "question")!;
        if (ReadText(row, "input", "text after the question") is { } input) text += "\n" + input;
        var choiceKey = row.First(ChoiceKeys);
        var choices = choiceKey == null ? [] : row.Reading(choiceKey, () => Choices(row.Use(choiceKey, "choices")));
        var parts = new List<ContentPart>();
        SplitAtPlaces(choices.Count > 0 ? WithChoices(text, choices) : text, parts, images, videos);
        var messages = new List<Message>();
        AddSystem(row, messages);
        messages.Add(new Message(Role.User, parts));
        PlaceFirst(messages, images.Unplaced());
        PlaceFirst(messages, videos.Unplaced());
        var answer = row.Use(answerKey, "answer")!;
        var references = row.Reading(answerKey, () => References(answer, choices));
        messages.Add(Message.Of(Role.Assistant, references[0]));
        return Finish(row, messages, given, references, choices);
    }

    private static List<string> References(object answer, IReadOnlyList<string> choices)
    {
        if (choices.Count > 0)
        {
            var index = ChoiceIndex(answer, choices);
            return [Letter(index), choices[index]];
        }
        List<string> references = answer is List<object?> several
            ? [.. several.Select(Text).OfType<string>().Where(a => a.Length > 0)]
            : [Text(answer) ?? throw new RowException("the answer is not text", "write it as text")];
        return references.Count > 0 ? references : throw new RowException("the answer is empty", "write the answer, or omit the row");
    }

    private static string WithChoices(string question, IReadOnlyList<string> choices)
    {
        var text = new StringBuilder(question.TrimEnd());
        for (var i = 0; i < choices.Count; i++) text.Append('\n').Append(Letter(i)).Append(". ").Append(choices[i]);
        return text.Append('\n').Append(AskForLetter(question)).ToString();
    }

    private static string AskForLetter(string question) => question.Any(c => c is >= '\u4E00' and <= '\u9FFF')
        ? "请直接回答选项字母。"
        : "Answer with the option's letter.";

    private static string Letter(int index) => ((char)('A' + index)).ToString();
}
