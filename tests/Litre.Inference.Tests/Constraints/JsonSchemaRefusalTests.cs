using System.Text.Json.Nodes;
using Litre.Core;
using Litre.Inference.Constraints;

namespace Litre.Inference.Tests.Constraints;

public sealed class JsonSchemaRefusalTests
{
    [Theory]
    [InlineData("""{"properties":{"a":{"not":{}}}}""", "#/properties/a: 'not' is not supported")]
    [InlineData("""{"type":"array","uniqueItems":true}""", "#: 'uniqueItems' is not supported")]
    [InlineData("""{"items":{"multipleOf":0.01}}""", "#/items: 'multipleOf' is not supported")]
    [InlineData("""{"anyOf":[{},{"if":{}}]}""", "#/anyOf/1: 'if' is not supported")]
    [InlineData("""{"patternProperties":{}}""", "'patternProperties' is not supported")]
    [InlineData("""{"minProperties":1}""", "'minProperties' is not supported")]
    [InlineData("""{"dependentRequired":{}}""", "'dependentRequired' is not supported")]
    [InlineData("""{"contains":{}}""", "'contains' is not supported")]
    [InlineData("""{"nullable":true}""", "add \"null\" to the list")]
    [InlineData("""{"type":"text"}""", "'type' \"text\" is not known")]
    [InlineData("""{"type":[]}""", "'type' is an empty list")]
    [InlineData("""{"type":"string","format":"iban"}""", "'format' \"iban\" is not supported")]
    [InlineData("""{"properties":{"a/b":{"pattern":"(?<=x)"}}}""", "#/properties/a~1b: 'pattern' \"(?<=x)\": look-behind is not supported")]
    [InlineData("""{"type":"string","pattern":"^a$","minLength":2}""", "no string has its 'pattern', 'format' and length")]
    [InlineData("""{"minLength":-1}""", "'minLength' must be a whole number")]
    [InlineData("""{"minimum":"1"}""", "'minimum' must be a number")]
    [InlineData("""{"exclusiveMinimum":true}""", "'exclusiveMinimum' must be a number")]
    [InlineData("""{"required":"a"}""", "'required' must be a list")]
    [InlineData("""{"properties":[]}""", "'properties' must be an object")]
    [InlineData("""{"properties":{"a":1}}""", "#/properties/a: a schema is an object, true or false, not 1")]
    [InlineData("""{"anyOf":[]}""", "'anyOf' must be a list of schemas")]
    [InlineData("""{"enum":[]}""", "'enum' must be a list")]
    [InlineData("""{"type":"integer","enum":["a"]}""", "no value of 'enum'")]
    [InlineData("""{"enum":[{}],"properties":{}}""", "with objects and other conditions")]
    [InlineData("""{"$ref":"https://x.example/s"}""", "'$ref' to 'https://x.example/s' is not supported")]
    [InlineData("""{"$ref":"#/$defs/x"}""", "which the schema does not contain")]
    [InlineData("""{"$ref":"#"}""", "refers to itself")]
    [InlineData("""{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}""", "refers to itself")]
    [InlineData("""{"type":"object","allOf":[{"$ref":"#"}]}""", "contains itself")]
    [InlineData("""{"properties":{"a":{"$ref":"#"}},"required":["a"]}""", "no value of at most 40 levels satisfies")]
    [InlineData("""{"type":"integer","minimum":5,"maximum":4}""", "no value of at most 40 levels satisfies")]
    [InlineData("false", "no value of at most 40 levels satisfies")]
    [InlineData("""{"additionalProperties":false,"required":["a"]}""", "no value of at most 40 levels satisfies")]
    [InlineData(
        """{"properties":{"a":{}},"propertyNames":{"minLength":3},"additionalProperties":true}""",
        "'propertyNames' with 'properties'"
    )]
    [InlineData("1", "a schema is an object, true or false")]
    [InlineData("{", "is not valid JSON")]
    [InlineData("", "is not valid JSON")]
    [InlineData("""{"type":"null","type":"null"}""", "is not valid JSON")]
    [InlineData("""{"const":"\ud800"}""", "is not valid JSON")]
    [InlineData("""{"type":"string","maxLength":1000000}""", "the schema is too large")]
    [InlineData("""{"type":"string","pattern":"^.*$","maxLength":100000}""", "'minLength' or 'maxLength' with a pattern is too large")]
    [InlineData("""{"minItems":1000000}""", "the schema is too large")]
    public void Schema_NotSupported_IsRefusedByNameAndPlace(string schema, string message)
    {
        var error = Assert.Throws<InputException>(() => Answers.Compiler.Create(AnswerFormat.JsonSchema(schema)));
        Assert.Equal("json-schema", error.Setting);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Schema_ReferencesThatDouble_AreRefusedInTime()
    {
        var definitions = new JsonObject { ["25"] = new JsonObject { ["type"] = "null" } };
        for (var i = 0; i < 25; i++)
            definitions[$"{i}"] = new JsonObject { ["allOf"] = new JsonArray(Reference(i + 1), Reference(i + 1)) };
        var schema = new JsonObject { ["$defs"] = definitions, ["$ref"] = "#/$defs/0" }.ToJsonString();
        var error = Assert.Throws<InputException>(() => Answers.Compiler.Create(AnswerFormat.JsonSchema(schema)));
        Assert.Contains("merges more than", error.Message, StringComparison.Ordinal);

        static JsonObject Reference(int number) => new() { ["$ref"] = $"#/$defs/{number}" };
    }

    [Fact]
    public void Schema_TooManyBytes_IsRefused() =>
        Assert.Throws<InputException>(() =>
            Answers.Compiler.Create(AnswerFormat.JsonSchema($$"""{"description":"{{new string('x', 1 << 20)}}"}"""))
        );
}
