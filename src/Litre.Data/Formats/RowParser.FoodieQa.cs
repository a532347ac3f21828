using Litre.Data.Chat;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    /// <summary>What FoodieQA's licence and page allow.</summary>
    internal const string FoodieQaLicence =
        "FoodieQA is under CC BY-NC-ND 4.0 and its page allows evaluation only, no training; use it with eval, or decide for yourself";

    // The three files share question_type and an id; each has a mark of its own.
    private static bool IsFoodieQa(Dictionary<string, object?> map) =>
        map.ContainsKey("question_type") && map.ContainsKey("question_id") && map.ContainsKey("answer") &&
        (map.ContainsKey("food_meta") || map.ContainsKey("ann_group") || map.ContainsKey("cuisine_type"));

    private Sample FoodieQa(Dictionary<string, object?> map, SampleOrigin origin)
    {
        SawFoodieQa = true;
        var row = new Dictionary<string, object?>(map);
        if (row.GetValueOrDefault("food_meta") is Dictionary<string, object?> meta)
        {
            row["images"] = Text(meta.GetValueOrDefault("food_file")) is { Length: > 0 } file
                ? file
                : throw new RowException($"food_meta has the keys {Keys(meta)}, expected food_file", "use the data as published");
        }
        if (!row.ContainsKey("ann_group"))
        {
            if (First(row, ["question"]) is not { } question || First(row, ["answer"]) is not { } answer)
                throw new RowException($"the keys are {Keys(map)}; expected question and answer", "use the data as published");
            return Question(row, question, answer, origin);
        }
        return AmongImages(row, origin);
    }

    // Multi-image questions choose one of the pictures, so each picture stands after its letter.
    private Sample AmongImages(Dictionary<string, object?> map, SampleOrigin origin)
    {
        var images = media.Images(First(map, ImageKeys), origin).ToList();
        var question = Text(map.GetValueOrDefault("question")) ?? throw new RowException("the question is no text", "use the data as published");
        if (images.Count is < 2 or > 26)
            throw new RowException($"the question names {images.Count} images, expected 2 to 26 to choose from", "use the data as published");
        var choices = Enumerable.Range(0, images.Count).Select(i => $"图{Letter(i)}").ToList();
        var index = ChoiceIndex(map.GetValueOrDefault("answer") ?? "", choices);
        var parts = new List<ContentPart>();
        for (var i = 0; i < images.Count; i++)
        {
            parts.Add(ContentPart.OfText($"{(i == 0 ? "" : "\n")}{Letter(i)}: "));
            parts.Add(ContentPart.OfImage(i));
        }
        parts.Add(ContentPart.OfText($"\n{question}\n{AskForLetter(question)}"));
        var messages = new List<Message> { new(Role.User, parts), Message.Of(Role.Assistant, Letter(index)) };
        return Finish(map, origin, messages, images, [], [Letter(index), choices[index]], choices);
    }
}
