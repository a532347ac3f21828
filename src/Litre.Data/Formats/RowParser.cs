using System.Globalization;
using Litre.Data.Boxes;
using Litre.Data.Chat;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

/// <summary>
/// Recognizes the format of a row by its keys, and converts it to a sample. Every key is read through
/// <see cref="RowFields"/>, so that none is dropped without a report.
/// </summary>
internal sealed partial class RowParser(
    MediaReader media,
    string? fileSplit,
    BoxScale boxes = BoxScale.Thousandths,
    bool textRows = false,
    bool isTable = false
)
{
    private bool _sawImages;

    /// <summary>True once a row of FoodieQA was read.</summary>
    public bool SawFoodieQa { get; private set; }

    public Row Parse(RawRow raw, string file)
    {
        var origin = new SampleOrigin(file, raw.Line) { Number = raw.Number };
        if (raw.Reason != null)
            return Row.Of(new UnusableRow(origin, raw.Reason, raw.Remedy!));
        var notes = new RowNotes(origin);
        try
        {
            if (raw.Value is not Dictionary<string, object?> map)
                throw new RowException("the row is not an object", "write each row as {\"messages\": …}");
            var sample = Parse(RowFields.OfRow(notes, map, raw.Names));
            RefuseUnreadImages(notes, sample);
            return Row.Of(sample with { Warnings = notes.Warnings }) with { Keys = notes.Keys(usable: true) };
        }
        catch (RowException e)
        {
            return Row.Of(new UnusableRow(origin, e.Message, e.Remedy) { Kind = e.Kind }) with { Keys = notes.Keys(usable: false) };
        }
    }

    private Sample Parse(RowFields row)
    {
        RefuseAudio(row);
        RefusePreference(row);
        if (TextRow(row) is { } text)
            return text;
        if (row.First(TurnsKeys) is { } turns)
            return Conversation(row, turns);
        if (IsFoodieQa(row))
            return FoodieQa(row);
        var (question, answer) = (row.First(QuestionKeys), row.First(AnswerKeys));
        if (answer != null && row.Peek("prompt") is List<object?>)
            return PromptAndCompletion(row, row.Has("completion") ? "completion" : answer);
        if (question != null && answer != null)
            return Question(row, question, answer);
        if (question != null && row.FirstEmpty(AnswerKeys) is { } unanswered)
            throw new RowException($"the answer ('{unanswered}') is empty", "write the answer, or omit the row");
        if (answer != null && row.FirstEmpty(QuestionKeys) is { } unasked)
            throw new RowException($"the question ('{unasked}') is empty", "write the question, or omit the row");
        if (answer != null && row.First([.. ImageKeys, .. VideoKeys]) is { } media)
            throw new RowException(
                $"the row has '{media}' and an answer, and no question (the keys are {row})",
                FindMisspelledKey(row) ?? "add `question` with the question for each such row; or write the question into the rows"
            );
        throw new RowException(
            $"the keys are {row}; expected messages, conversations, or question and answer",
            FindMisspelledKey(row) ?? "use these field names, or see the README's list of formats"
        );
    }

    // A key that is one or two edits from a known one.
    private static string? FindMisspelledKey(RowFields row)
    {
        foreach (var key in row.Keys)
            if (RowNames.Nearest(key) is { } name && !row.Has(name))
                return $"rename '{PathResolver.Shorten(key)}' to '{name}', if that is the meaning";
        return null;
    }

    private Sample Finish(
        RowFields row,
        List<Message> messages,
        RowMedia media,
        IReadOnlyList<string>? references = null,
        IReadOnlyList<string>? choices = null
    )
    {
        if (messages.Count == 0 || messages.All(m => m.Role != Role.User))
            throw new RowException("the conversation has no user turn", "start with the user's question");
        if (messages[^1].Role != Role.Assistant)
            throw new RowException(
                $"the last turn is from the {messages[^1].Role.ToString().ToLowerInvariant()}, expected an answer",
                "add the answer, or omit the turn"
            );
        if (messages.Where(m => m.Role == Role.Assistant).Any(m => string.IsNullOrWhiteSpace(m.Text)))
            throw new RowException(
                messages.Any(m =>
                    m.Role == Role.Assistant && string.IsNullOrWhiteSpace(m.Text) && m.Parts.Any(p => p.Kind != ContentKind.Text)
                )
                    ? "an answer is only an image or a video, but the model writes text"
                    : "an answer is empty",
                "write the answer, or omit the row"
            );
        if (messages.Any(m => m.Role == Role.Assistant && m.Parts.Any(p => p.Kind != ContentKind.Text)))
            row.Warn(
                "an answer contains an image, which is shown and never learned, since the model writes text; move its "
                    + "placeholder into the question if it belongs there"
            );
        if (isTable && _sawImages && media.Images.Count == 0 && row.FirstEmpty(ImageKeys) != null)
            row.Warn(
                "the image's cell is empty, although earlier rows have an image, so this row is text only; if cells were "
                    + "merged in the spreadsheet, fill the image into each row"
            );
        _sawImages |= media.Images.Count > 0;
        if (FillObjects(row, messages, media.Images))
            references = [messages[^1].Text];
        ApplyRowLoss(row, messages);
        references = ConvertBoxes(row, messages, media, references);
        CheckTexts(row, messages);
        AddTools(messages, ReadTools(row));
        return new Sample
        {
            Id = Label(row, "id", IdKeys) ?? Path.GetFileName(row.Origin.File) + row.Origin.Place,
            Origin = row.Origin,
            Messages = messages,
            Images = media.Images,
            Videos = media.Videos,
            Split = ReadSplit(row) ?? fileSplit,
            QuestionType = Label(row, "kind of question", TypeKeys),
            Source = Path.GetFileName(row.Origin.File),
            References = [.. (references ?? [messages[^1].Text]).Select(Thoughts.WithoutMarked)],
            Choices = choices ?? [],
        };
    }

    private static string? ReadSplit(RowFields row)
    {
        if (row.First(SplitKeys) is not { } key)
            return null;
        if (SplitNames.Recognize(Text(row.Peek(key))) is { } side)
        {
            row.Use(key, "split (train, validation or test)");
            return side;
        }
        row.Ignore(key, "its value does not name a split (train, validation or test)");
        return null;
    }

    private static string? Label(RowFields row, string what, string[] keys)
    {
        if (row.First(keys) is not { } key || Text(row.Peek(key)) is not { Length: > 0 } text)
            return null;
        row.Use(key, what);
        return text;
    }

    /// <summary>The text of a key that must be text; null if it is absent.</summary>
    private static string? ReadText(RowFields fields, string? key, string what)
    {
        if (fields.Use(key, what) is not { } value)
            return null;
        return Text(value) ?? throw fields.Refuse(key!, $"'{key}' is not text", "write it as text");
    }

    private static string? Text(object? value) =>
        value switch
        {
            string text => text,
            double number => number.ToString("R", CultureInfo.InvariantCulture),
            JsonNumber number => number.Written,
            bool truth => truth ? "true" : "false",
            _ => null,
        };
}
