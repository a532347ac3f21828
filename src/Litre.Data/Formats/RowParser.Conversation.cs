using System.Text;
using Litre.Data.Chat;
using Litre.Data.Keys;
using Litre.Data.Samples;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    private Sample Conversation(RowFields row, string key)
    {
        foreach (var other in TurnsKeys.Where(k => k != key && row.Has(k)))
            throw row.Refuse(other, $"the row has two conversations ('{key}' and '{other}')", "keep one");
        return Conversation(row, row.ReadValue(key, () => Turns(row.Use(key, "conversation"), row.Origin.Line)));
    }

    // Prompt and completion as lists of turns, as in TRL.
    private Sample PromptAndCompletion(RowFields row, string answerKey)
    {
        var turns = row.ReadValue("prompt", () => Turns(row.Use("prompt", "conversation"), row.Origin.Line));
        var answer = row.Use(answerKey, "answer");
        foreach (var other in AnswerKeys.Where(k => k != answerKey))
            row.Ignore(other, $"'{answerKey}' is used as the answer");
        return Conversation(
            row,
            answer is List<object?> more && more.All(m => m is Dictionary<string, object?>)
                ? [.. turns, .. more]
                : [.. turns, new Dictionary<string, object?> { ["role"] = "assistant", ["content"] = answer }]
        );
    }

    private Sample Conversation(RowFields row, List<object?> turns)
    {
        if (row.Has("history"))
            throw row.Refuse("history", "the row has a conversation and a history", "put the earlier turns into the conversation");
        var given = new RowMedia(row);
        var (images, videos) = ReadMedia(row, given);
        var messages = new List<Message>();
        AddSystem(row, messages);
        foreach (var turn in turns)
        {
            if (turn is not Dictionary<string, object?> map)
                throw new RowException("a turn is not an object", "write {\"role\": \"user\", \"content\": …}");
            AddTurn(row.ForLevel(KeyLevel.Turn, map), messages, new Turn(Role.User, given, images, videos));
        }
        if (row.First(SystemKeys) is { } system && messages.Count(m => m.Role == Role.System) > 1)
            throw row.Refuse(system, $"the row has '{system}' and a system turn", "keep one of them");
        PlaceFirst(messages, images.Unplaced());
        PlaceFirst(messages, videos.Unplaced());
        return Finish(row, messages, given);
    }

    private void AddTurn(RowFields turn, List<Message> messages, Turn state)
    {
        RefuseAudio(turn);
        RefusePreference(turn);
        var named = ReadText(turn, OneOf(turn, RoleKeys), "role of the turn");
        var role = ReadRole(turn, named);
        var carriesLoss = ReadLoss(turn, role);
        var content = turn.Use(OneOf(turn, ContentKeys), "content");
        if (IsCallTurn(named))
        {
            AddCallTurn(messages, named!, content, carriesLoss);
            return;
        }
        // A turn may contain its own images, for its own placeholders.
        var (images, videos) = ReadMedia(turn, state.Given);
        var ofTurn = state with
        {
            Role = role,
            Images = images.IsEmpty ? state.Images : images,
            Videos = videos.IsEmpty ? state.Videos : videos,
        };
        var (parts, calls) = (new List<ContentPart>(), new List<ToolCall>());
        ReadContent(turn, WithoutCalls(turn, content, calls, out var thought), parts, ofTurn);
        parts.InsertRange(0, [.. images.IsEmpty ? [] : images.Unplaced(), .. videos.IsEmpty ? [] : videos.Unplaced()]);
        messages.Add(With(WithCalls(new Message(role, parts) { CarriesLoss = carriesLoss }, turn), calls, thought));
    }

    // If several keys with one meaning have the same value, the first is used; otherwise the turn is ambiguous.
    private static string? OneOf(RowFields turn, string[] keys)
    {
        if (turn.First(keys) is not { } first)
            return null;
        foreach (var other in keys.Where(k => k != first && turn.Has(k)))
        {
            if (Text(turn.Peek(other)) is not { } text || text != Text(turn.Peek(first)))
                throw turn.Refuse(other, $"a turn has '{first}' and '{other}', which differ", "keep one of them");
            turn.Use(other, $"the same as '{first}'");
        }
        return first;
    }

    private static List<object?> Turns(object? turns, long line)
    {
        // Parquet and CSV often contain the conversation as JSON text.
        if (turns is string json)
            turns = JsonTree.Parse(Encoding.UTF8.GetBytes(json), line).Value ?? turns;
        return turns as List<object?>
            ?? throw new RowException("the conversation is not a list", "write [{\"role\": \"user\", \"content\": …}, …]");
    }

    private static void AddSystem(RowFields row, List<Message> messages)
    {
        if (ReadText(row, row.First(SystemKeys), "system text") is { } system)
            messages.Add(Message.Of(Role.System, system));
    }

    private static Role ReadRole(RowFields turn, string? name) =>
        name?.ToLowerInvariant() switch
        {
            "user" or "human" => Role.User,
            "assistant" or "gpt" or "model" or "bot" or "function_call" or "tool_call" or "tool_calls" => Role.Assistant,
            "system" => Role.System,
            "tool" or "observation" or "function_response" or "tool_response" => Role.Tool,
            null => throw new RowException(
                $"a turn has the keys {turn}, expected role and content (or from and value)",
                "use these field names"
            ),
            _ => throw new RowException(
                $"a turn has the role '{PathResolver.Shorten(name)}', expected user, assistant, system or tool",
                "use one of these roles"
            ),
        };

    // Images without any placeholder come before the first question, as is common; any other mismatch is an error.
    private static void PlaceFirst(List<Message> messages, IReadOnlyList<ContentPart> unplaced)
    {
        if (unplaced.Count == 0)
            return;
        var first = messages.FindIndex(m => m.Role == Role.User);
        if (first >= 0)
            messages[first] = messages[first] with { Parts = [.. unplaced, .. messages[first].Parts] };
    }
}
