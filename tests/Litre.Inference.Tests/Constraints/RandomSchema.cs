using System.Globalization;
using System.Text.Json.Nodes;
using Shared;

namespace Litre.Inference.Tests.Constraints;

/// <summary>Draws a schema that some value satisfies.</summary>
internal sealed class RandomSchema(Random random)
{
    private readonly JsonObject _definitions = [];

    public string Text()
    {
        var root = Schema(3);
        // A definition that can contain itself.
        _definitions["tree"] = JsonNode.Parse(
            """
            {"type": "object", "required": ["v"], "properties": {
            "v": {"type": "integer"}, "c": {"type": "array", "items": {"$ref": "#/$defs/tree"}, "maxItems": 2}}}
            """
        );
        root["$defs"] = _definitions;
        return root.ToJsonString();
    }

    private JsonObject Schema(int depth) =>
        random.Next(depth > 0 ? 14 : 8) switch
        {
            0 => new() { ["type"] = "null" },
            1 => new() { ["type"] = "boolean" },
            2 => Number("integer"),
            3 => Number("number"),
            4 => String(),
            5 => new() { ["enum"] = new JsonArray("a", 1, null, true, "é\"") },
            6 => new() { ["type"] = new JsonArray("string", "null", "integer") },
            7 => new() { ["const"] = JsonNode.Parse("""{"a":[1,"x"]}""") },
            8 => new() { ["anyOf"] = new JsonArray(Schema(depth - 1), Schema(depth - 1)) },
            9 => Array(depth),
            10 => new() { ["$ref"] = "#/$defs/tree" },
            11 => new()
            {
                ["allOf"] = new JsonArray(Object(depth - 1), new JsonObject { ["type"] = "object", ["required"] = new JsonArray("extra") }),
            },
            _ => Object(depth),
        };

    private JsonObject Number(string type)
    {
        var schema = new JsonObject { ["type"] = type };
        var low = random.Between(-2000, 2000);
        if (random.Flip())
            schema[random.Flip() ? "minimum" : "exclusiveMinimum"] = low;
        if (random.Flip())
            schema[random.Flip() ? "maximum" : "exclusiveMaximum"] = low + random.Between(2, 3000);
        return schema;
    }

    private JsonObject String()
    {
        var schema = new JsonObject { ["type"] = "string" };
        switch (random.Next(4))
        {
            case 0:
                var least = random.Between(0, 4);
                schema["minLength"] = least;
                schema["maxLength"] = least + random.Between(0, 40);
                break;
            case 1:
                string[] patterns = ["^[A-Z]{2}-\\d+$", "x", "^(a|bc)*\"?$", "^\\S{3,5}$"];
                schema["pattern"] = patterns[random.Next(patterns.Length)];
                break;
            case 2:
                // Without host names: the validator wants a dot in them.
                string[] formats = ["date", "date-time", "time", "uuid", "email", "ipv4", "uri", "duration"];
                schema["format"] = formats[random.Next(formats.Length)];
                break;
        }
        return schema;
    }

    private JsonObject Array(int depth)
    {
        var schema = new JsonObject { ["type"] = "array" };
        var least = random.Between(0, 2);
        if (random.Flip())
            schema["prefixItems"] = new JsonArray(Schema(depth - 1), Schema(depth - 1));
        if (random.Flip())
            schema["items"] = Schema(depth - 1);
        if (random.Flip())
            schema["minItems"] = least;
        if (random.Flip())
            schema["maxItems"] = least + random.Between(0, 3);
        return schema;
    }

    private JsonObject Object(int depth)
    {
        var (properties, required) = (new JsonObject(), new JsonArray());
        for (var i = random.Between(0, 4); i > 0; i--)
        {
            var name = i == 2 ? "näme \"2\"" : "p" + i.ToString(CultureInfo.InvariantCulture);
            properties[name] = Schema(Math.Max(0, depth - 1));
            if (random.Flip())
                required.Add(name);
        }
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = required,
        };
        if (random.Flip())
            schema["additionalProperties"] = random.Next(3) == 0 ? true : Schema(0);
        return schema;
    }
}
