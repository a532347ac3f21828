using System.Text.Json;
using Litre.Core;
using Litre.Data.Formats;
using Litre.Server.Answers;

namespace Litre.Server.Anthropic;

/// <summary>Reads the functions that a request offers.</summary>
internal static class ToolFields
{
    /// <summary>The functions of <c>tools</c>.</summary>
    /// <exception cref="InputException">One has no name, or is a tool that only the provider's servers can run.</exception>
    public static IReadOnlyList<OfferedTool> Tools(RequestField root)
    {
        var tools = new List<OfferedTool>();
        foreach (var tool in root.Get("tools")?.Items() ?? [])
        {
            if (tool.Get("type") is { } type && type.Text() != "custom")
                throw type.Refuse(
                    $"the tool '{type.Text()}' is part of another model or runs on its provider's servers",
                    "offer a function with `name` and `input_schema`"
                );
            var name = tool.Require("name").Text();
            if (name.Length == 0)
                throw tool.Refuse("the name is empty");
            var schema = tool.Require("input_schema");
            if (schema.Value.ValueKind != JsonValueKind.Object)
                throw schema.Refuse("expected a JSON schema");
            // Joined as text: values of the client's JSON that cannot be written are refused.
            var fields = $"\"name\": {TemplateJson.Write(tool.Require("name").Value)}";
            if (tool.Get("description") is { } description)
                fields += $", \"description\": {TemplateJson.Write(description.Value)}";
            fields += $", \"parameters\": {TemplateJson.Write(schema.Value)}";
            tools.Add(new OfferedTool(name, $"{{\"type\": \"function\", \"function\": {{{fields}}}}}", schema.Value.Clone()));
        }
        return tools;
    }

    /// <summary>The choice of <c>tool_choice</c>.</summary>
    /// <param name="root">The body.</param>
    /// <param name="isSingle">Whether at most one function may be called.</param>
    /// <exception cref="InputException">It is malformed.</exception>
    public static ToolChoice Choice(RequestField root, out bool isSingle)
    {
        isSingle = false;
        if (root.Get("tool_choice") is not { } choice)
            return ToolChoice.Auto;
        isSingle = choice.Get("disable_parallel_tool_use")?.Truth() ?? false;
        var type = choice.Require("type");
        return type.Text() switch
        {
            "auto" => ToolChoice.Auto,
            "none" => ToolChoice.None,
            "any" => new ToolChoice(ToolChoiceKind.Required),
            "tool" => new ToolChoice(ToolChoiceKind.Required, choice.Require("name").Text()),
            _ => throw type.Refuse($"'{type.Text()}' is unknown", "use auto, any, tool or none"),
        };
    }
}
