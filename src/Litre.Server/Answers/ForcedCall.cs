using System.Text.Json;
using System.Text.Json.Nodes;
using Litre.Core;
using Litre.Inference.Constraints;

namespace Litre.Server.Answers;

/// <summary>The form of an answer that must be a function call: JSON with the name and the arguments.</summary>
public static class ForcedCall
{
    /// <summary>The form of a call of one of the functions.</summary>
    /// <param name="tools">The functions offered.</param>
    /// <param name="choice">Which of them must be called.</param>
    /// <exception cref="InputException">None is offered, or not the named one.</exception>
    public static AnswerFormat Format(IReadOnlyList<OfferedTool> tools, ToolChoice choice)
    {
        OfferedTool[] allowed = [.. tools.Where(t => choice.Name is null || t.Name == choice.Name)];
        if (allowed.Length == 0)
            throw new InputException(
                "tool_choice",
                choice.Name,
                tools.Count == 0 ? "a function must be called, but `tools` offers none" : "`tools` offers no function of this name",
                tools.Count == 0 ? null : $"use one of {string.Join(", ", tools.Select(t => t.Name))}"
            );
        var definitions = new JsonObject();
        var calls = new JsonArray();
        for (var i = 0; i < allowed.Length; i++)
        {
            try
            {
                definitions[$"tool{i}"] = Arguments(allowed[i], i, definitions);
            }
            catch (ArgumentException e)
            {
                throw new InputException($"tools: {allowed[i].Name}: its schema has a key twice; keep one of them", e);
            }
            calls.Add(
                new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject
                    {
                        ["name"] = new JsonObject { ["const"] = allowed[i].Name },
                        ["arguments"] = new JsonObject { ["$ref"] = $"#/$defs/tool{i}" },
                    },
                    ["required"] = new JsonArray("name", "arguments"),
                    ["additionalProperties"] = false,
                }
            );
        }
        var schema = calls.Count == 1 ? (JsonObject)calls[0]!.DeepClone() : new JsonObject { ["anyOf"] = calls };
        schema["$defs"] = definitions;
        return AnswerFormat.JsonSchema(schema.ToJsonString());
    }

    // A function's own definitions move to the root of the schema, where references of all functions are resolved.
    private static JsonObject Arguments(OfferedTool tool, int index, JsonObject definitions)
    {
        if (tool.Parameters is not { ValueKind: JsonValueKind.Object } given)
            return new JsonObject { ["type"] = "object" };
        var schema = JsonObject.Create(given.Clone())!;
        foreach (var key in (string[])["$defs", "definitions"])
        {
            if (schema[key] is not JsonObject own)
                continue;
            schema.Remove(key);
            foreach (var (name, definition) in own)
            {
                var moved = definition?.DeepClone();
                Redirect(moved, index);
                definitions[$"tool{index}_{name}"] = moved;
            }
        }
        Redirect(schema, index);
        return schema;
    }

    private static void Redirect(JsonNode? node, int index)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
                Redirect(item, index);
        }
        if (node is not JsonObject map)
            return;
        foreach (var (_, value) in map)
            Redirect(value, index);
        if (map["$ref"] is not JsonValue reference || !reference.TryGetValue<string>(out var target))
            return;
        foreach (var root in (string[])["#/$defs/", "#/definitions/"])
        {
            if (target.StartsWith(root, StringComparison.Ordinal))
                map["$ref"] = $"#/$defs/tool{index}_{target[root.Length..]}";
        }
        if (target == "#")
            map["$ref"] = $"#/$defs/tool{index}";
    }
}
