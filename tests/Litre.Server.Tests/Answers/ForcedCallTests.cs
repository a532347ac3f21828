using System.Text.Json;
using Litre.Core;
using Litre.Server.Answers;

namespace Litre.Server.Tests.Answers;

public sealed class ForcedCallTests
{
    [Fact]
    public void Format_SeveralFunctions_AllowsACallOfEach()
    {
        var format = ForcedCall.Format([Tool("f", "{\"type\":\"object\"}"), Tool("g", null)], new ToolChoice(ToolChoiceKind.Required));
        AssertJson(
            """
            {"anyOf": [
            {"type": "object", "properties": {"name": {"const": "f"}, "arguments": {"$ref": "#/$defs/tool0"}}, "required": ["name",
            "arguments"],
            "additionalProperties": false},
            {"type": "object", "properties": {"name": {"const": "g"}, "arguments": {"$ref": "#/$defs/tool1"}}, "required": ["name",
            "arguments"],
            "additionalProperties": false}],
            "$defs": {"tool0": {"type": "object"}, "tool1": {"type": "object"}}}
            """,
            format.Text
        );
    }

    [Fact]
    public void Format_NamedFunction_MovesItsDefinitions()
    {
        var schema =
            """{"type": "object", "properties": {"a": {"$ref": "#/$defs/n"}, "b": {"$ref": "#"}}, """
            + """ "$defs": {"n": {"items": [{"$ref": "#/$defs/n"}]}}}""";
        var format = ForcedCall.Format([Tool("f", null), Tool("g", schema)], new ToolChoice(ToolChoiceKind.Required, "g"));
        AssertJson(
            """
            {"type": "object", "properties": {"name": {"const": "g"}, "arguments": {"$ref": "#/$defs/tool0"}}, "required": ["name",
            "arguments"],
            "additionalProperties": false, "$defs": {"tool0_n": {"items": [{"$ref": "#/$defs/tool0_n"}]},
            "tool0": {"type": "object", "properties": {"a": {"$ref": "#/$defs/tool0_n"}, "b": {"$ref": "#/$defs/tool0"}}}}}
            """,
            format.Text
        );
    }

    [Fact]
    public void Format_UnknownFunction_IsRefused()
    {
        var choice = new ToolChoice(ToolChoiceKind.Required, "h");
        Assert.Contains(
            "use one of f, g",
            Assert.Throws<InputException>(() => ForcedCall.Format([Tool("f", null), Tool("g", null)], choice)).Message
        );
        Assert.Contains("offers none", Assert.Throws<InputException>(() => ForcedCall.Format([], choice)).Message);
    }

    private static OfferedTool Tool(string name, string? schema)
    {
        using var document = JsonDocument.Parse(schema ?? "null");
        return new OfferedTool(name, "", schema is null ? null : document.RootElement.Clone());
    }

    private static void AssertJson(string expected, string actual)
    {
        using var first = JsonDocument.Parse(expected);
        using var second = JsonDocument.Parse(actual);
        Assert.True(JsonElement.DeepEquals(first.RootElement, second.RootElement), actual);
    }
}
