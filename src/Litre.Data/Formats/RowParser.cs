using System.Globalization;
using Litre.Data.Chat;
using Litre.Data.Imaging;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

/// <summary>Recognises what a row is by its keys, and brings it into the one form of a sample.</summary>
internal sealed partial class RowParser(MediaReader media, string? fileSplit)
{
    /// <summary>True once a row of FoodieQA was met.</summary>
    public bool SawFoodieQa { get; private set; }

    public Row Parse(RawRow raw, string file)
    {
        var origin = new SampleOrigin(file, raw.Line);
        if (raw.Reason != null) return Row.Of(new UnusableRow(origin, raw.Reason, raw.Remedy!));
        try
        {
            if (raw.Value is not Dictionary<string, object?> map)
                throw new RowException("the row is no object", "write each row as {\"messages\": …}");
            return Row.Of(Parse(map, origin));
        }
        catch (RowException e)
        {
            return Row.Of(new UnusableRow(origin, e.Message, e.Remedy) { Kind = e.Kind });
        }
    }

    /// <summary>True for LLaMA-Factory's <c>dataset_info.json</c>, which describes other files and holds no rows.</summary>
    public static bool DescribesOtherFiles(RawRow raw) =>
        raw.Value is Dictionary<string, object?> { Count: > 0 } map && map.Values.All(v => v is Dictionary<string, object?> entry &&
            (entry.ContainsKey("file_name") || entry.ContainsKey("hf_hub_url") || entry.ContainsKey("script_url") || entry.ContainsKey("ms_hub_url")));

    internal static string Keys(Dictionary<string, object?> map)
    {
        var names = map.Keys.Take(8).Select(PathResolver.Shorten);
        return map.Count == 0 ? "none" : string.Join(", ", names) + (map.Count > 8 ? ", …" : "");
    }

    private Sample Parse(Dictionary<string, object?> map, SampleOrigin origin)
    {
        if ((map.GetValueOrDefault("messages") ?? map.GetValueOrDefault("conversations") ?? map.GetValueOrDefault("conversation")) is { } turns)
            return Conversation(map, turns, origin);
        if (IsFoodieQa(map)) return FoodieQa(map, origin);
        if (First(map, QuestionKeys) is { } question && First(map, AnswerKeys) is { } answer) return Question(map, question, answer, origin);
        throw new RowException($"the keys are {Keys(map)}; expected messages, conversations, or question and answer",
            "name the fields so, or see the README's list of formats");
    }

    private Sample Finish(
        Dictionary<string, object?> map, SampleOrigin origin, List<Message> messages,
        List<ImageSource> images, List<VideoSource> videos, IReadOnlyList<string>? references = null, IReadOnlyList<string>? choices = null)
    {
        if (messages.Count == 0 || messages.All(m => m.Role != Role.User))
            throw new RowException("the conversation has no user turn", "begin with what the user asks");
        if (messages[^1].Role != Role.Assistant)
            throw new RowException($"the last turn is of the {messages[^1].Role.ToString().ToLowerInvariant()}, expected an answer", "add the answer, or leave the turn out");
        if (messages.Where(m => m.Role == Role.Assistant).Any(m => string.IsNullOrWhiteSpace(m.Text)))
            throw new RowException("an answer is empty", "write the answer, or leave the row out");
        AddTools(messages, ReadTools(map));
        return new Sample
        {
            Id = Text(First(map, IdKeys)) is { Length: > 0 } id ? id : $"{Path.GetFileName(origin.File)}:{origin.Line}",
            Origin = origin,
            Messages = messages,
            Images = images,
            Videos = videos,
            Split = SplitNames.Recognise(Text(map.GetValueOrDefault("split") ?? map.GetValueOrDefault("data_split"))) ?? fileSplit,
            QuestionType = Text(First(map, TypeKeys)) is { Length: > 0 } type ? type : null,
            Source = Path.GetFileName(origin.File),
            References = references ?? [messages[^1].Text],
            Choices = choices ?? [],
        };
    }

    private static object? First(Dictionary<string, object?> map, string[] keys)
    {
        foreach (var key in keys)
            if (map.GetValueOrDefault(key) is { } value and not "") return value;
        return null;
    }

    private static string? Text(object? value) => value switch
    {
        string text => text,
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        JsonNumber number => number.Written,
        bool truth => truth ? "true" : "false",
        _ => null,
    };
}
