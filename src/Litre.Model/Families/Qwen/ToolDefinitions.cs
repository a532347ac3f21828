using Litre.Data.Chat;

namespace Litre.Model.Families.Qwen;

/// <summary>The text that the templates write into the system turn if functions can be called.</summary>
internal static class ToolDefinitions
{
    /// <summary>The text after the system message, if there is one, up to the end of its turn.</summary>
    /// <param name="tools">Each function as JSON.</param>
    public static string Write(IReadOnlyList<string> tools) =>
        "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
        + "You are provided with function signatures within <tools></tools> XML tags:\n<tools>"
        + string.Concat(tools.Select(t => "\n" + t))
        + "\n</tools>\n\nFor each function call, return a json object with function name and arguments "
        + $"within {ToolCall.Open}{ToolCall.Close} XML tags:\n{ToolCall.Open}\n"
        + $"{{\"name\": <function-name>, \"arguments\": <args-json-object>}}\n{ToolCall.Close}";
}
