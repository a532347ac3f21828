using Litre.Data.Chat;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    private const string TextRowsRemedy =
        "add `text-rows` to train on all of the text (continued pretraining), or write a question and an answer";

    /// <summary>Plain text, or a conversation of one answer without a question, the format of ms-swift for pretraining text.</summary>
    private Sample? TextRow(RowFields row)
    {
        if (row.First(TurnsKeys) is { } key)
        {
            if (
                row.Peek(key) is not List<object?> { Count: 1 } turns
                || turns[0] is not Dictionary<string, object?> turn
                || !IsAnswer(turn)
            )
                return null;
            if (!textRows)
                throw new RowException("the conversation has no user turn: it is text for continued pretraining", TextRowsRemedy);
            var given = new RowMedia(row);
            var (images, videos) = ReadMedia(row, given);
            row.Use(key, "text, learned in full");
            var fields = row.ForLevel(Keys.KeyLevel.Turn, turn);
            fields.UseFirst("role of the turn", RoleKeys);
            var parts = new List<ContentPart>();
            ReadContent(fields, fields.UseFirst("text", ContentKeys), parts, new Turn(Role.Assistant, given, images, videos));
            return TextSample(row, [.. images.Unplaced(), .. videos.Unplaced(), .. parts], given);
        }
        if (row.First("text") is not { } text || row.First([.. QuestionKeys, .. AnswerKeys]) != null)
            return null;
        if (row.First([.. ImageKeys, .. VideoKeys]) is { } media)
        {
            if (!textRows)
                throw new RowException(
                    $"the row has '{media}' and a text, and no question",
                    "add `question` with the question for each such row; or add `text-rows` to learn the text as it is"
                );
        }
        else if (!textRows)
        {
            throw new RowException("the row is plain text, with no question and answer", TextRowsRemedy);
        }
        var rowMedia = new RowMedia(row);
        var (rowImages, rowVideos) = ReadMedia(row, rowMedia);
        var content = new List<ContentPart>();
        SplitAtPlaces(row, ReadText(row, text, "text, learned in full")!, content, new Turn(Role.User, rowMedia, rowImages, rowVideos));
        return TextSample(row, [.. rowImages.Unplaced(), .. rowVideos.Unplaced(), .. content], rowMedia);
    }

    private static bool IsAnswer(Dictionary<string, object?> turn) =>
        (turn.GetValueOrDefault("role") ?? turn.GetValueOrDefault("from")) is string role
        && role.ToLowerInvariant() is "assistant" or "gpt"
        && !turn.ContainsKey("tool_calls");

    private Sample TextSample(RowFields row, List<ContentPart> parts, RowMedia media)
    {
        var message = new Message(Role.Assistant, parts) { IsPlainText = true };
        if (string.IsNullOrWhiteSpace(message.Text))
            throw new RowException("the text is empty", "write the text, or omit the row");
        CheckTexts(row, [message]);
        return new Sample
        {
            Id = Label(row, "id", IdKeys) ?? Path.GetFileName(row.Origin.File) + row.Origin.Place,
            Origin = row.Origin,
            Messages = [message],
            Images = media.Images,
            Videos = media.Videos,
            Split = ReadSplit(row) ?? fileSplit,
            Source = Path.GetFileName(row.Origin.File),
            References = [],
        };
    }
}
