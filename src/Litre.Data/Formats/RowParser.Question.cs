using System.Globalization;
using System.Text;
using Litre.Data.Chat;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    private static readonly string[] QuestionKeys = ["question", "query", "prompt", "instruction", "problem"];
    private static readonly string[] AnswerKeys = ["answer", "answers", "response", "output", "label", "solution"];
    private static readonly string[] ChoiceKeys = ["choices", "options"];
    private static readonly string[] IdKeys = ["id", "question_id", "questionId", "uid", "qid"];
    private static readonly string[] TypeKeys = ["question_type", "questionType", "type", "category"];

    private Sample Question(Dictionary<string, object?> map, object question, object answer, SampleOrigin origin)
    {
        var images = media.Images(First(map, ImageKeys), origin).ToList();
        var videos = media.Videos(First(map, VideoKeys), MediaReader.Fps(map), origin).ToList();
        var text = Text(question) ?? throw new RowException("the question is no text", "write it as text");
        if (Text(map.GetValueOrDefault("input")) is { Length: > 0 } input) text += "\n" + input;
        var choices = Choices(First(map, ChoiceKeys));
        var parts = new List<ContentPart>();
        var places = new Counter();
        SplitAtPlaces(choices.Count > 0 ? WithChoices(text, choices) : text, parts, places);
        var messages = new List<Message>();
        if (Text(map.GetValueOrDefault("system")) is { Length: > 0 } system) messages.Add(Message.Of(Role.System, system));
        messages.Add(new Message(Role.User, parts));
        Place(messages, ContentKind.Image, places.Images, images.Count);
        Place(messages, ContentKind.Video, places.Videos, videos.Count);

        IReadOnlyList<string> references;
        if (choices.Count > 0)
        {
            var index = ChoiceIndex(answer, choices);
            references = [Letter(index), choices[index]];
        }
        else
        {
            references = answer is List<object?> several
                ? [.. several.Select(Text).OfType<string>().Where(a => a.Length > 0)]
                : [Text(answer) ?? throw new RowException("the answer is no text", "write it as text")];
            if (references.Count == 0) throw new RowException("the answer is empty", "write the answer, or leave the row out");
        }
        messages.Add(Message.Of(Role.Assistant, references[0]));
        return Finish(map, origin, messages, images, videos, references, choices);
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

    /// <summary>A list, JSON or Python text of a list, or lines.</summary>
    private static List<string> Choices(object? value)
    {
        List<string> list = value switch
        {
            null => [],
            List<object?> items => [.. items.Select(i => Text(i) ?? "")],
            Dictionary<string, object?> map => [.. map.Values.Select(i => Text(i) ?? "")],
            string text when text.StartsWith('[') => JsonTree.Parse(Encoding.UTF8.GetBytes(text.Replace('\'', '"')), 0).Value is List<object?> items
                ? [.. items.Select(i => Text(i) ?? "")]
                : throw new RowException($"the choices '{PathResolver.Shorten(text)}' are no list", "write [\"…\", \"…\"]"),
            string text => [.. text.Split(text.Contains('\n') ? '\n' : text.Contains(';') ? ';' : ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
            _ => throw new RowException("the choices are no list", "write [\"…\", \"…\"]"),
        };
        if (list.Count > 26) throw new RowException($"there are {list.Count} choices, expected at most 26", "give fewer choices");
        return list;
    }

    // An index from 0 (as FoodieQA writes it, in a string), a letter, or the choice's own text.
    private static int ChoiceIndex(object answer, IReadOnlyList<string> choices)
    {
        var text = (answer is List<object?> { Count: > 0 } list ? Text(list[0]) : Text(answer))?.Trim() ?? "";
        for (var i = 0; i < choices.Count; i++)
            if (choices[i].Trim() == text) return i;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < choices.Count) return index;
        var bare = text.Trim('(', ')', '.', ' ', '（', '）');
        if (bare.Length == 1 && char.ToUpperInvariant(bare[0]) - 'A' is var letter && (uint)letter < (uint)choices.Count) return letter;
        throw new RowException($"the answer '{PathResolver.Shorten(text)}' is none of the {choices.Count} choices",
            "give the choice's index from 0, its letter or its text");
    }
}
