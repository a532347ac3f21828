using System.Text.Json;
using Litre.Core;
using Litre.Data.Chat;
using Litre.Data.Formats;

namespace Litre.Server.Answers;

/// <summary>Reads function definitions and calls in OpenAI's form.</summary>
internal static class FunctionFields
{
    /// <summary>The functions of <c>tools</c>.</summary>
    /// <exception cref="InputException">One has no name, or is not a function.</exception>
    public static IReadOnlyList<OfferedTool> Tools(RequestField root)
    {
        var tools = new List<OfferedTool>();
        foreach (var tool in root.Get("tools")?.Items() ?? [])
        {
            CheckType(tool);
            var function = tool.Require("function");
            var name = Name(function);
            if (function.Get("parameters") is { Value.ValueKind: not JsonValueKind.Object } wrong)
                throw wrong.Refuse("expected a JSON schema");
            tools.Add(new OfferedTool(name, TemplateJson.Write(tool.Value), function.Get("parameters")?.Value.Clone()));
        }
        return tools;
    }

    /// <summary>The choice of <c>tool_choice</c>.</summary>
    /// <param name="root">The body.</param>
    /// <param name="isSingle">Whether at most one function may be called (<c>parallel_tool_calls</c> is false).</param>
    /// <exception cref="InputException">It is malformed.</exception>
    public static ToolChoice Choice(RequestField root, out bool isSingle)
    {
        isSingle = !(root.Get("parallel_tool_calls")?.Truth() ?? true);
        if (root.Get("tool_choice") is not { } choice)
            return ToolChoice.Auto;
        if (!choice.IsText)
        {
            CheckType(choice);
            return new ToolChoice(ToolChoiceKind.Required, Name(choice.Require("function")));
        }
        return choice.Text() switch
        {
            "auto" => ToolChoice.Auto,
            "none" => ToolChoice.None,
            "required" => new ToolChoice(ToolChoiceKind.Required),
            _ => throw choice.Refuse($"'{choice.Text()}' is unknown", "use auto, none, required, or a function's name"),
        };
    }

    /// <summary>The calls of an assistant's message, and their IDs.</summary>
    /// <exception cref="InputException">A call is malformed.</exception>
    public static (IReadOnlyList<ToolCall> Calls, IReadOnlyList<string> Ids) Calls(RequestField message)
    {
        var calls = new List<ToolCall>();
        var ids = new List<string>();
        foreach (var call in message.Get("tool_calls")?.Items() ?? [])
        {
            CheckType(call);
            var function = call.Require("function");
            calls.Add(new ToolCall(Name(function), Arguments(function)));
            ids.Add(call.Get("id")?.Text() ?? "");
        }
        return (calls, ids);
    }

    /// <summary>The thought of an assistant's message, or null.</summary>
    public static string? Thought(RequestField message) => (message.Get("reasoning_content") ?? message.Get("reasoning"))?.Text();

    // The template writes text unchanged.
    private static string Arguments(RequestField function)
    {
        if (function.Get("arguments") is not { } arguments)
            return "{}";
        if (!arguments.IsText)
            return TemplateJson.Write(arguments.Value);
        var text = arguments.Text();
        if (text.AsSpan().Trim().IsEmpty)
            return "{}";
        try
        {
            using var document = JsonDocument.Parse(text);
            return text;
        }
        catch (JsonException)
        {
            throw arguments.Refuse("expected JSON", "send the arguments as they were in the answer");
        }
    }

    private static string Name(RequestField function)
    {
        var name = function.Require("name");
        return name.Text() is { Length: > 0 } text ? text : throw name.Refuse("is empty");
    }

    private static void CheckType(RequestField field)
    {
        if (field.Get("type") is { } type && type.Text() != "function")
            throw type.Refuse($"'{type.Text()}' is not supported", "use functions");
    }
}
