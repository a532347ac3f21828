using Litre.Data.Chat;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    /// <summary>The notice about FoodieQA's license.</summary>
    internal const string FoodieQaLicense =
        "FoodieQA is under CC BY-NC-ND 4.0 and its page allows evaluation only, not training; use it with eval, or check yourself "
        + "whether you may train on it";

    // The three files share question_type and an ID; each has a distinct marker.
    private static bool IsFoodieQa(RowFields row) =>
        row.Has("question_type")
        && row.Has("question_id")
        && row.Has("answer")
        && (row.Has("food_meta") || row.Has("ann_group") || row.Has("cuisine_type"));

    private Sample FoodieQa(RowFields row)
    {
        SawFoodieQa = true;
        row.Use("cuisine_type", "marker of FoodieQA");
        if (!row.Has("question"))
            throw new RowException($"the keys are {row}; expected question and answer", "use the data as published");
        if (row.Has("ann_group"))
            return AmongImages(row);
        if (row.Peek("food_meta") is not Dictionary<string, object?> map)
            return Question(row, "question", "answer");
        var meta = row.ForObject("food_meta", map);
        if (!meta.Has("food_file"))
            throw row.Refuse("food_meta", $"food_meta has the keys {meta}, expected food_file", "use the data as published");
        row.Use("food_meta", "image");
        return Question(row, "question", "answer", [.. media.Images(meta, "food_file")]);
    }

    // Multi-image questions ask to choose one of the images, so each image follows its letter.
    private Sample AmongImages(RowFields row)
    {
        row.Use("ann_group", "marker of FoodieQA's choices among images");
        var given = new RowMedia(row);
        ReadMedia(row, given);
        var images = given.Images;
        var question = ReadText(row, "question", "question")!;
        if (images.Count is < 2 or > 26)
            throw new RowException(
                $"the question names {images.Count} images, expected 2 to 26 to choose from",
                "use the data as published"
            );
        var choices = Enumerable.Range(0, images.Count).Select(i => $"图{Letter(i)}").ToList();
        var index = row.ReadValue("answer", () => ChoiceIndex(row, row.Use("answer", "answer")!, choices, numbersAreIndices: true));
        var parts = new List<ContentPart>();
        for (var i = 0; i < images.Count; i++)
        {
            parts.Add(ContentPart.OfText($"{(i == 0 ? "" : "\n")}{Letter(i)}: "));
            parts.Add(ContentPart.OfImage(i));
        }
        parts.Add(ContentPart.OfText($"\n{question}\n{AskForLetter(question)}"));
        var messages = new List<Message> { new(Role.User, parts), Message.Of(Role.Assistant, Letter(index)) };
        return Finish(row, messages, given, [Letter(index), choices[index]], choices);
    }
}
