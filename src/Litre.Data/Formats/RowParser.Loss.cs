using Litre.Data.Chat;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    /// <summary>Whether a turn carries loss, by its flags; true if it has none.</summary>
    private static bool ReadLoss(RowFields turn, Role role)
    {
        bool? loss = null;
        foreach (var key in LossKeys.Where(turn.Has))
        {
            var carries =
                Flag(turn.Peek(key))
                ?? throw turn.Refuse(
                    key,
                    $"a turn has {key} {Quote(turn.Peek(key))}: an answer carries loss or not; weights in between are not supported",
                    "write 0 or 1, or omit the key"
                );
            if (role != Role.Assistant && carries)
            {
                turn.Ignore(key, "only answers carry loss");
                continue;
            }
            if (role == Role.Assistant && loss is { } other && other != carries)
                throw turn.Refuse(key, $"a turn has loss flags that contradict each other ('{key}' is the second)", "keep one");
            turn.Use(key, carries ? "loss of the turn" : "no loss of the turn");
            loss = carries;
        }
        return loss ?? true;
    }

    /// <summary>Reads the row's keys about the loss of its turns, and of itself.</summary>
    private static void ApplyRowLoss(RowFields row, List<Message> messages)
    {
        foreach (var key in TrainOnPromptKeys.Where(row.Has))
        {
            if (Flag(row.Peek(key)) is not false)
                throw row.Refuse(
                    key,
                    $"the row has {key} {Quote(row.Peek(key))}, but only answers carry loss",
                    "omit the key to train on the answers"
                );
            row.Use(key, "loss on answers only");
        }
        foreach (var key in RowLossKeys.Where(row.Has))
        {
            var value = row.Peek(key);
            if (value is string text && Number(text) == null && Flag(text) == null)
                continue; // a column with another meaning
            if (Flag(value) is not true)
            {
                throw Flag(value) is false
                    ? row.Refuse(key, $"the row has {key} {Quote(value)}, so it must not be learned", "omit the row")
                    : row.Refuse(
                        key,
                        $"the row has {key} {Quote(value)}, but all rows have the same weight",
                        "omit the key, or rename it if it means something else"
                    );
            }
            row.Use(key, "full weight of the row");
        }
        if (row.Has("mask_history"))
        {
            var mask =
                Flag(row.Peek("mask_history"))
                ?? throw row.Refuse("mask_history", $"the row has mask_history {Quote(row.Peek("mask_history"))}", "write true or false");
            row.Use("mask_history", mask ? "loss on the last answer only" : "loss on every answer");
            for (var i = 0; mask && i < messages.Count - 1; i++)
                messages[i] = messages[i] with { CarriesLoss = false };
        }
        if (messages.All(m => m.Role != Role.Assistant || !m.CarriesLoss))
            throw new RowException("no answer of the row carries loss", "omit the row, or let an answer carry loss");
        if (!messages[^1].CarriesLoss)
            row.Warn("the last answer carries no loss, but evaluation compares with it; end the row with an answer that carries loss");
    }

    // True and 1, false and 0, as values or as text; null for anything else.
    private static bool? Flag(object? value) =>
        value switch
        {
            bool truth => truth,
            string text when bool.TryParse(text.Trim(), out var truth) => truth,
            _ => Number(value) switch
            {
                1 => true,
                0 => false,
                _ => null,
            },
        };

    private static string Quote(object? value) => Text(value) is { } text ? PathResolver.Shorten(text) : "of another kind";
}
