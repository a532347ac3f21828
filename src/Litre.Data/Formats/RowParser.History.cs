using Litre.Data.Chat;
using Litre.Data.Keys;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    private static readonly string[] AskedKeys = ["query", "question", "user", "human", "instruction", "prompt"];
    private static readonly string[] AnsweredKeys = ["response", "answer", "assistant", "gpt", "output"];

    /// <summary>
    /// Earlier turns of a row with one question: pairs (alpaca, ms-swift), objects of a question and an answer, or turns with roles.
    /// </summary>
    private void AddHistory(RowFields row, List<Message> messages, Turn state)
    {
        if (!row.Has("history"))
            return;
        if (Parsed(row.Use("history", "earlier turns")) is not List<object?> history)
            throw NotPairs();
        foreach (var item in history)
        {
            switch (item)
            {
                case List<object?> { Count: 2 } pair when Text(pair[0]) is { } asked && Text(pair[1]) is { } answered:
                    Add(row, asked, answered);
                    break;
                case Dictionary<string, object?> map when row.ForLevel(KeyLevel.Turn, map) is var turn && turn.First(RoleKeys) != null:
                    AddTurn(turn, messages, state);
                    break;
                case Dictionary<string, object?> map when row.ForObject("history", map) is var one:
                    if (
                        ReadText(one, one.First(AskedKeys), "question") is not { } question
                        || ReadText(one, one.First(AnsweredKeys), "answer") is not { } answer
                    )
                        throw NotPairs();
                    Add(one, question, answer);
                    break;
                default:
                    throw NotPairs();
            }
        }

        void Add(RowFields fields, string asked, string answered)
        {
            var parts = new List<ContentPart>();
            SplitAtPlaces(fields, asked, parts, state);
            messages.Add(new Message(Role.User, parts));
            messages.Add(Message.Of(Role.Assistant, answered));
        }

        RowException NotPairs() =>
            row.Refuse("history", "'history' is not a list of pairs of question and answer", "write [[\"question\", \"answer\"], …]");
    }
}
