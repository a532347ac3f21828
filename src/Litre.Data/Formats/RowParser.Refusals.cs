namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    private static void RefuseAudio(RowFields fields)
    {
        if (fields.First(AudioKeys) is { } key)
            throw fields.Refuse(
                key,
                $"'{key}' gives audio, which the model does not support",
                "omit the row, or write the spoken content as text"
            );
    }

    /// <summary>
    /// Rows that compare a good answer with a bad one, or mark an answer as bad: learning the bad ones as good would be wrong.
    /// </summary>
    private static void RefusePreference(RowFields row)
    {
        foreach (var key in PreferenceKeys.Where(row.Has))
        {
            throw row.Refuse(
                key,
                $"a row for preference tuning ('{key}'), which is not supported yet",
                "train on rows with one good answer each; to train on the good answer alone, omit the preference keys"
            );
        }
        // KTO's mark of a good or bad answer; in a row with only a question, a label is the answer.
        if (
            row.Has("label")
            && (row.First(TurnsKeys) != null || row.First("answer", "answers", "response", "output", "completion") != null)
            && Flag(row.Peek("label")) != null
        )
        {
            if (
                row.Peek(row.First(TurnsKeys)) is List<object?> { Count: > 0 } turns
                && turns[^1] is Dictionary<string, object?> last
                && !IsAnswer(last)
            )
                throw row.Refuse(
                    "label",
                    "a row for classification (a label and no answer), which is not supported",
                    "write the label's name as the answer"
                );
            throw row.Refuse(
                "label",
                $"a row for preference tuning (KTO: label {Quote(row.Peek("label"))}), which is not supported yet",
                "train on rows with one good answer each, without the key; rename it if it means something else"
            );
        }
    }
}
