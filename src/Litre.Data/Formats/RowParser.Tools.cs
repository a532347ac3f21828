using System.Text;
using Litre.Data.Chat;

namespace Litre.Data.Formats;

internal sealed partial class RowParser
{
    private static readonly string[] ThoughtKeys = ["reasoning_content", "reasoning", "thinking", "thought"];
    private static readonly string[] ToolKeys = ["tools", "functions"];

    /// <summary>True for a turn that contains only calls, as in ms-swift.</summary>
    private static bool IsCallTurn(string? role) => role?.ToLowerInvariant() is "tool_call" or "function_call" or "tool_calls";

    /// <summary>The function definitions of a row, each as the JSON that the template writes.</summary>
    private static List<string> ReadTools(RowFields row)
    {
        foreach (var key in ToolKeys)
        {
            if (row.Use(key, "function definitions") is not { } given)
                continue;
            var tools = (
                Parsed(given) switch
                {
                    List<object?> list => list.Select(Parsed),
                    Dictionary<string, object?> one => [one],
                    _ => throw NotTools(row, key),
                }
            ).ToList();
            if (
                tools.Any(t =>
                    t is not Dictionary<string, object?> tool || FunctionOf(tool).GetValueOrDefault("name") is not string { Length: > 0 }
                )
            )
                throw NotTools(row, key);
            if (tools.Count > 0)
                return [.. tools.Select(PythonJson.Write)];
        }
        return [];

        static RowException NotTools(RowFields row, string key) =>
            row.Refuse(
                key,
                $"'{key}' is not a list of functions with names",
                "write [{\"type\": \"function\", \"function\": {\"name\": …, \"parameters\": …}}], as JSON or as a string of JSON"
            );
    }

    /// <summary>The conversation with function definitions in its system turn.</summary>
    private static void AddTools(List<Message> messages, IReadOnlyList<string> tools)
    {
        if (tools.Count == 0)
            return;
        if (messages[0].Role == Role.System)
            messages[0] = messages[0] with { Tools = tools };
        else
            messages.Insert(0, new Message(Role.System, []) { Tools = tools });
    }

    /// <summary>The calls and the thought that an answer has in addition to its text.</summary>
    private static Message WithCalls(Message turn, RowFields message)
    {
        var calls = new List<ToolCall>();
        foreach (var key in (string[])["tool_calls", "function_call"])
        {
            if (message.Use(key, "function calls") is { } given)
                message.ReadValue(key, () => ReadCalls(given, key, calls));
        }
        string? thought = null;
        foreach (var key in ThoughtKeys)
        {
            if (message.Use(key, "thought before the answer") is not { } given)
                continue;
            var text = given as string ?? throw message.Refuse(key, $"'{key}' is not text", "write the thought as text");
            if (thought != null && thought != text)
                throw message.Refuse(key, $"the turn gives two thoughts ('{key}' is the second)", "give one");
            thought = text;
        }
        if (calls.Count == 0 && thought == null)
            return turn;
        if (turn.Role != Role.Assistant)
            throw new RowException(
                $"a turn of the {turn.Role.ToString().ToLowerInvariant()} has "
                    + $"{(thought == null ? "calls" : "a thought")}, which only answers can have",
                "correct its role, or omit the key"
            );
        return turn with { ToolCalls = calls, Thought = thought };
    }

    /// <summary>Adds a turn of calls, to the answer before it if there is one.</summary>
    private static void AddCallTurn(List<Message> messages, string role, object? content, bool carriesLoss)
    {
        var text = content as string ?? "";
        if (text.Contains(ToolCall.Open, StringComparison.Ordinal))
        {
            messages.Add(Message.Of(Role.Assistant, text) with { CarriesLoss = carriesLoss });
            return;
        }
        var thoughts = "";
        if (text.IndexOf("</think>", StringComparison.Ordinal) is var end and >= 0)
        {
            thoughts = text[..(end + "</think>".Length)];
            content = text[thoughts.Length..].Trim();
        }
        var calls = new List<ToolCall>();
        ReadCalls(content ?? "", role, calls);
        if (calls.Count == 0)
            throw new RowException($"a turn of '{role}' contains no call", "write {\"name\": …, \"arguments\": {…}}, or omit the turn");
        if (messages.Count > 0 && messages[^1] is { Role: Role.Assistant } before && thoughts.Length == 0)
        {
            if (before.CarriesLoss != carriesLoss)
                throw new RowException(
                    $"a turn of '{role}' and the answer before it are one turn in the template, but only one of them carries loss",
                    "set the same loss for both"
                );
            messages[^1] = before with { ToolCalls = [.. before.ToolCalls, .. calls] };
            return;
        }
        messages.Add(
            new Message(Role.Assistant, thoughts.Length == 0 ? [] : [ContentPart.OfText(thoughts)])
            {
                CarriesLoss = carriesLoss,
                ToolCalls = calls,
            }
        );
    }

    private static List<ToolCall> ReadCalls(object given, string key, List<ToolCall> calls)
    {
        switch (Parsed(given))
        {
            case List<object?> list:
                foreach (var item in list)
                    if (item != null)
                        ReadCalls(item, key, calls);
                break;
            case Dictionary<string, object?> call:
                if (call.GetValueOrDefault("type") is string type and not ("function" or "" or "tool_call"))
                    throw new RowException(
                        $"'{key}' has a call of the type '{PathResolver.Shorten(type)}', which the template does not write",
                        "use function calls"
                    );
                var function = FunctionOf(call);
                if (function.GetValueOrDefault("name") is not string { Length: > 0 } name)
                    throw NotCalls(key);
                calls.Add(new ToolCall(name, Arguments(function, name)));
                break;
            default:
                throw NotCalls(key);
        }
        return calls;

        static RowException NotCalls(string key) =>
            new($"'{key}' is not a call with name and arguments", "write {\"name\": …, \"arguments\": {…}}");
    }

    // The template writes text unchanged; anything else as JSON.
    private static string Arguments(Dictionary<string, object?> function, string name)
    {
        var arguments = function.GetValueOrDefault("arguments") ?? function.GetValueOrDefault("parameters");
        if (arguments is null or string and not { Length: > 0 } || arguments is string text && Parsed(text) is string)
            throw new RowException(
                $"the call of '{PathResolver.Shorten(name)}' has arguments that are not JSON",
                "write an object, or {} for none"
            );
        return arguments as string ?? PythonJson.Write(arguments);
    }

    private static Dictionary<string, object?> FunctionOf(Dictionary<string, object?> map) =>
        map.GetValueOrDefault("function") as Dictionary<string, object?> ?? map;

    // The JSON value in a text; the text itself if it is not JSON.
    private static object? Parsed(object? value) =>
        value is string text
        && text.AsSpan().TrimStart() is ['{' or '[', ..]
        && JsonTree.Parse(Encoding.UTF8.GetBytes(text), 1) is { Reason: null } row
            ? row.Value
            : value;
}
