using System.Text;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    // Keys with text before a question that is needed to answer it.
    private static readonly string[] ContextKeys = ["context", "passage", "paragraph", "hint"];

    // Keys whose text may or may not belong to the question.
    private static readonly string[] PossibleContextKeys =
    [
        "text",
        "caption",
        "ocr",
        "ocr_text",
        "description",
        "lecture",
        "document",
        "article",
        "story",
        "dialogue",
        "table",
        "background",
    ];

    private Sample Question(RowFields row, string questionKey, string answerKey, List<ImageSource>? ofRow = null)
    {
        var given = new RowMedia(row);
        var (images, videos) = ReadMedia(row, given);
        if (ofRow != null)
        {
            given.Images.InsertRange(0, ofRow);
            images = new MediaPool(ContentKind.Image, 0, given.Images.Count);
        }
        var state = new Turn(Role.User, given, images, videos);
        var text = QuestionText(row, questionKey);
        var choices = ReadChoices(row);
        var messages = new List<Message>();
        AddSystem(row, messages);
        AddHistory(row, messages, state);
        var parts = new List<ContentPart>();
        SplitAtPlaces(row, choices.Count > 0 ? WithChoices(text, choices) : text, parts, state);
        messages.Add(new Message(Role.User, parts));
        PlaceFirst(messages, images.Unplaced());
        PlaceFirst(messages, videos.Unplaced());
        var answer = row.Use(answerKey, "answer")!;
        var references = row.ReadValue(answerKey, () => References(row, answer, choices));
        AddFurtherAnswers(row, answerKey, references, choices);
        messages.Add(Message.Of(Role.Assistant, references[0]));
        return Finish(row, messages, given, references, choices);
    }

    // Context, instruction and question in this order, then the input; each on separate lines.
    private static string QuestionText(RowFields row, string questionKey)
    {
        var texts = new List<string>();
        foreach (var key in ContextKeys.Where(row.Has))
        {
            var value = row.Use(key, "text before the question");
            var lines = (value as List<object?> ?? [value]).Select(Text).ToList();
            if (lines.Contains(null))
                throw row.Refuse(key, $"'{key}' is neither text nor a list of texts", "write what the question needs as text");
            texts.AddRange(lines!);
        }
        var question = ReadText(row, questionKey, "question")!;
        foreach (var key in QuestionKeys.Where(k => k != questionKey && row.Has(k)))
        {
            if (Text(row.Peek(key)) == question)
                row.Use(key, $"the same as '{questionKey}'");
            else if (key == "instruction")
                texts.Add(ReadText(row, key, "text before the question")!);
            else
            {
                row.Ignore(key, $"'{questionKey}' is used as the question");
                row.Warn($"the row has '{questionKey}' and '{key}'; '{questionKey}' is used as the question, and '{key}' is ignored");
            }
        }
        texts.Add(question);
        if (ReadText(row, "input", "text after the question") is { } input)
            texts.Add(input);
        foreach (var key in PossibleContextKeys.Where(row.Has))
            row.Ignore(key, "may contain what the question needs; rename it to context to put it before the question");
        return string.Join('\n', texts);
    }

    private static List<string> References(RowFields row, object answer, IReadOnlyList<string> choices)
    {
        if (choices.Count > 0)
        {
            var index = ChoiceIndex(row, answer, choices, numbersAreIndices: IsFoodieQa(row));
            return [Letter(index), choices[index]];
        }
        var references = Answers(answer).ToList();
        return references.Count > 0 ? references : throw new RowException("the answer is empty", "write the answer, or omit the row");
    }

    // One text, a list of texts, VQA's list of {"answer": …}, or SQuAD's {"text": […]}.
    private static IEnumerable<string> Answers(object? answer) =>
        answer switch
        {
            null or "" => [],
            List<object?> several => several.SelectMany(Answers),
            Dictionary<string, object?> map when (map.GetValueOrDefault("answer") ?? map.GetValueOrDefault("text")) is { } inner => Answers(
                inner
            ),
            _ => [Text(answer) ?? throw new RowException("the answer is not text", "write it as text")],
        };

    private static void AddFurtherAnswers(RowFields row, string answerKey, List<string> references, IReadOnlyList<string> choices)
    {
        foreach (var key in AnswerKeys.Where(k => k != answerKey && row.Has(k)))
        {
            if (key == "answers" && choices.Count == 0)
            {
                var others = row.ReadValue(key, () => Answers(row.Use(key, "further answers that count as correct")).ToList());
                references.AddRange(others.Distinct().Where(a => !references.Contains(a)));
            }
            else
            {
                row.Ignore(key, $"'{answerKey}' is used as the answer");
            }
        }
    }

    private static string WithChoices(string question, IReadOnlyList<string> choices)
    {
        var text = new StringBuilder(question.TrimEnd());
        for (var i = 0; i < choices.Count; i++)
            text.Append('\n').Append(Letter(i)).Append(". ").Append(choices[i]);
        return text.Append('\n').Append(AskForLetter(question)).ToString();
    }

    private static string AskForLetter(string question) =>
        question.Any(c => c is >= '\u4E00' and <= '\u9FFF') ? "请直接回答选项字母。" : "Answer with the option's letter.";

    private static string Letter(int index) => ((char)('A' + index)).ToString();
}
