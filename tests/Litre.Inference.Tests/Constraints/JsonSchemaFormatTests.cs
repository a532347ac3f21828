using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using Json.Schema;
using Litre.Inference.Constraints;
using Shared;

namespace Litre.Inference.Tests.Constraints;

public sealed class JsonSchemaFormatTests
{
    private static readonly EvaluationOptions Strict = new() { RequireFormatValidation = true, OutputFormat = OutputFormat.List };

    [Theory]
    [InlineData("""{"type":"object"}""", """{"a":[1,{"b":null}],"c":"\u00e9 \" \\ \n é😀"}""", "[]")]
    [InlineData("""{}""", """[true,false,null,-1.5e10,"",{}]""", "tru")]
    [InlineData("true", "\"text\"", "text")]
    [InlineData("""{"properties":{"a":{"type":"integer"}}}""", """{"a":1}""", """{"b":1}""")]
    [InlineData("""{"properties":{"a":{},"b":{}},"required":["b"]}""", """{"b":1}""", """{"a":1}""")]
    [InlineData("""{"properties":{"a":{},"b":{}}}""", """{"a":1,"b":2}""", """{"b":1,"a":2}""")]
    [InlineData("""{"properties":{"a":{}},"additionalProperties":{"type":"null"}}""", """{"a":1,"ab":null,"":null}""", """{"ab":1}""")]
    [InlineData("""{"properties":{"é\"":{}},"additionalProperties":true}""", """{"é\"":1,"è":2}""", """{"è":1,"é\"":2}""")]
    [InlineData("""{"properties":{"a":{}},"required":["x"],"additionalProperties":{"type":"null"}}""", """{"x":null}""", """{"x":1}""")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"}}""", """{"a":1,"b":2}""", """{"a":"1"}""")]
    [InlineData("""{"type":"object","additionalProperties":false}""", "{}", """{"a":1}""")]
    [InlineData("""{"type":"object","propertyNames":{"pattern":"^x-"}}""", """{"x-a":1}""", """{"y":1}""")]
    [InlineData(
        """{"propertyNames":{"type":"string","enum":["a","b"]},"additionalProperties":{"type":"number"},"required":["a","b"]}""",
        """{"a":1,"b":2.5}""",
        """{"a":1}"""
    )]
    [InlineData("""{"type":"array","items":{"type":"string"},"minItems":1,"maxItems":2}""", """["a","b"]""", """["a","b","c"]""")]
    [InlineData("""{"type":"array","items":{"type":"string"},"minItems":2}""", """["a","b","c"]""", """["a"]""")]
    [InlineData("""{"prefixItems":[{"type":"string"},{"type":"integer"}]}""", """["a",1]""", """["a",1,2]""")]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":{"type":"integer"},"maxItems":3}""", """["a",1,2]""", """["a",1,2,3]""")]
    [InlineData("""{"type":"array","maxItems":0}""", "[]", "[1]")]
    [InlineData("""{"enum":["a",1,null,{"x":[1,2]}]}""", """{"x":[1,2]}""", """{"x":[1]}""")]
    [InlineData("""{"const":"é\"/\n"}""", "\"é\\\"/\\n\"", "\"é\"")]
    [InlineData("""{"type":["string","null"]}""", "null", "1")]
    [InlineData("""{"type":"string","enum":["a","b",1]}""", "\"a\"", "1")]
    [InlineData("""{"anyOf":[{"type":"integer"},{"type":"array","items":{"type":"integer"}}]}""", "[1,2]", "\"a\"")]
    [InlineData("""{"type":"integer","oneOf":[{"maximum":3},{"minimum":7,"maximum":9}]}""", "8", "5")]
    [InlineData("""{"allOf":[{"properties":{"a":{"minimum":3}}},{"properties":{"a":{"type":"integer"}}}]}""", """{"a":3}""", """{"a":2}""")]
    [InlineData("""{"$defs":{"n":{"type":"null"}},"properties":{"a":{"$ref":"#/$defs/n"}}}""", """{"a":null}""", """{"a":1}""")]
    [InlineData(
        """{"properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["v","next"]}""",
        """{"v":1,"next":{"v":2,"next":null}}""",
        """{"v":1,"next":{"v":2}}"""
    )]
    [InlineData("""{"$defs":{"a~/b%":{"type":"null"}},"$ref":"#/$defs/a~0~1b%25"}""", "null", "1")]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"é😀\"", "\"abcd\"")]
    [InlineData("""{"type":"string","minLength":2}""", "\"abc\"", "\"a\"")]
    [InlineData("""{"type":"string","pattern":"^[a-z]{2}\"$"}""", "\"ab\\\"\"", "\"abc\"")]
    [InlineData("""{"type":"string","pattern":"b"}""", "\"abc\"", "\"ac\"")]
    [InlineData("""{"type":"string","pattern":"b","maxLength":3}""", "\"abc\"", "\"abcd\"")]
    [InlineData("""{"type":"string","format":"date"}""", "\"2024-02-29\"", "\"2023-02-29\"")]
    [InlineData("""{"type":"string","format":"date-time"}""", "\"2024-12-31T23:59:59.5+02:00\"", "\"2024-12-31\"")]
    [InlineData("""{"type":"string","format":"time"}""", "\"09:30:00Z\"", "\"24:00:00Z\"")]
    [InlineData("""{"type":"string","format":"duration"}""", "\"P1DT2H30M\"", "\"P\"")]
    [InlineData("""{"type":"string","format":"uuid"}""", "\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"", "\"6ba7b810\"")]
    [InlineData("""{"type":"string","format":"email"}""", "\"a.b@c-d.example\"", "\"a@b\"")]
    [InlineData("""{"type":"string","format":"ipv4"}""", "\"192.168.0.255\"", "\"192.168.0.256\"")]
    [InlineData("""{"type":"string","format":"hostname"}""", "\"box-1.local\"", "\"-a\"")]
    [InlineData("""{"type":"string","format":"uri"}""", "\"https://a.example/x?y=1\"", "\"a b\"")]
    [InlineData("""{"type":"integer","minimum":-12,"maximum":105}""", "-12", "106")]
    [InlineData("""{"type":"integer","exclusiveMinimum":0}""", "1", "0")]
    [InlineData("""{"type":"integer","minimum":-9007199254740991,"maximum":9007199254740991}""", "-9007199254740991", "9007199254740992")]
    [InlineData("""{"type":"integer"}""", "-1234567890", "1.5")]
    [InlineData("""{"type":"integer","format":"int32"}""", "-2147483648", "2147483648")]
    [InlineData("""{"type":"number","multipleOf":1}""", "3", "3.5")]
    [InlineData("""{"type":"number","minimum":0}""", "0.5", "-1")]
    [InlineData("""{"type":"number","minimum":0.25,"exclusiveMaximum":1.5}""", "1.499", "1.5")]
    [InlineData("""{"type":"number","exclusiveMaximum":-2.5}""", "-2.51", "-2.5")]
    [InlineData("""{"type":"number","maximum":1e300,"minimum":1}""", "12.5", "0.5")]
    [InlineData("""{"type":"number"}""", "-0.001e-9", "01")]
    [InlineData("""{"minLength":2,"minimum":5}""", "\"ab\"", "\"a\"")]
    [InlineData("""{"type":"boolean","title":"t","description":"d","default":true,"examples":[false],"$comment":"c"}""", "true", "null")]
    public void Schema_ValidAndInvalidAnswer_AcceptsTheValidOne(string schema, string good, string bad)
    {
        Assert.True(Answers.Accepts(AnswerFormat.JsonSchema(schema), good), good);
        Assert.False(Answers.Accepts(AnswerFormat.JsonSchema(schema), bad), bad);
    }

    [Fact]
    public void Schema_IndentedAnswer_IsAccepted()
    {
        var value = JsonNode.Parse("""{"parts":[{"id":1,"name":"bolt"},{"id":2,"name":"nut"}],"ok":true,"none":{}}""")!;
        var text = value.ToJsonString(new() { WriteIndented = true });
        Assert.True(Answers.Accepts(AnswerFormat.JsonObject, text), text);
        Assert.True(Answers.Accepts(AnswerFormat.JsonObject, """{"a": 1, "b": [1, 2]}"""));
        Assert.False(Answers.Accepts(AnswerFormat.JsonObject, """{  "a":1}"""));
        Assert.False(Answers.Accepts(AnswerFormat.JsonObject, "{\n\n\"a\":1}"));
    }

    [Fact]
    public void Schema_DeepAnswer_EndsWhereReadersStop()
    {
        Assert.True(Answers.Accepts(AnswerFormat.JsonObject, "{\"a\":" + new string('[', 39) + new string(']', 39) + "}"));
        Assert.False(Answers.Accepts(AnswerFormat.JsonObject, "{\"a\":" + new string('[', 64) + new string(']', 64) + "}"));
    }

    [Fact]
    public void Random_AnySchema_ParsesAndIsValid() =>
        Property.Holds(
            250,
            random =>
            {
                var text = new RandomSchema(random).Text();
                var schema = JsonSchema.FromText(text);
                for (var i = 0; i < 3; i++)
                {
                    // The validator counts characters in its own way.
                    var answer = Answers.Random(AnswerFormat.JsonSchema(text), random, Answers.IsAscii);
                    AssertValid(schema, text, answer);
                }
            }
        );

    [Fact]
    public void Random_JsonObject_Parses() =>
        Property.Holds(
            60,
            random =>
            {
                var answer = Answers.Random(AnswerFormat.JsonObject, random);
                using var document = JsonDocument.Parse(answer);
                Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
                Litre.Core.Json.JsonText.CheckTexts(document.RootElement);
            }
        );

    [Theory]
    [InlineData("minimum", "maximum", true)]
    [InlineData("minimum", "maximum", false)]
    [InlineData("exclusiveMinimum", "exclusiveMaximum", true)]
    [InlineData("exclusiveMinimum", "exclusiveMaximum", false)]
    public void Number_AnyLimits_AcceptsExactlyTheNumbersWithin(string least, string most, bool isInteger) =>
        Property.Holds(
            150,
            random =>
            {
                decimal Draw() =>
                    decimal.Round((decimal)((random.NextDouble() * 2 - 1) * Math.Pow(10, random.Between(0, 4))), random.Between(0, 2));
                var (low, high) = (Draw(), Draw());
                if (low > high)
                    (low, high) = (high, low);
                var type = isInteger ? "integer" : "number";
                var schema = new JsonObject
                {
                    ["type"] = type,
                    [least] = low,
                    [most] = high,
                }.ToJsonString();
                var excludes = least != "minimum";
                bool IsWithin(decimal v) => excludes ? v > low && v < high : v >= low && v <= high;
                var first = isInteger ? decimal.Ceiling(low) : low;
                if (!IsWithin(excludes ? (isInteger ? decimal.Floor(low) + 1 : (low + high) / 2) : first))
                {
                    Assert.Throws<Litre.Core.InputException>(() => Answers.Compiler.Create(AnswerFormat.JsonSchema(schema)));
                    return;
                }
                decimal[] near =
                [
                    low,
                    high,
                    low - 0.1m,
                    low + 0.1m,
                    high - 0.01m,
                    high + 0.01m,
                    decimal.Floor(low),
                    decimal.Ceiling(high),
                    Draw(),
                    0,
                ];
                foreach (var value in near.Select(v => isInteger ? decimal.Round(v) : v))
                {
                    var text = value.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture);
                    Assert.True(IsWithin(value) == Answers.Accepts(AnswerFormat.JsonSchema(schema), text), $"{schema}: {text}");
                }
                var answer = Answers.Random(AnswerFormat.JsonSchema(schema), random);
                Assert.True(IsWithin(decimal.Parse(answer, System.Globalization.CultureInfo.InvariantCulture)), $"{schema}: {answer}");
            }
        );

    [Fact]
    public void Schema_OfSystemTextJson_AcceptsWhatItSerializes()
    {
        var options = new JsonSerializerOptions(JsonSerializerOptions.Web) { Converters = { new JsonStringEnumConverter() } };
        var schema = options.GetJsonSchemaAsNode(typeof(Drawing)).ToJsonString();
        var drawing = new Drawing("A-1", Unit.Inch, 2.5, 3, new(2024, 2, 29), Guid.NewGuid(), null)
        {
            Children = [new("A-2", Unit.Millimeter, 1, null, default, Guid.Empty, new() { ["m"] = 1 })],
        };
        var format = AnswerFormat.JsonSchema(schema);
        Assert.True(Answers.Accepts(format, JsonSerializer.Serialize(drawing, options)), schema);
        var read = Enumerable.Range(0, 20).Select(seed => Answers.Random(format, new Random(seed))).ToList();
        // The schema allows null.
        Assert.Contains(read.Select(a => JsonSerializer.Deserialize<Drawing>(a, options)), d => d is not null);
    }

    [Fact]
    public void Schema_OfZod_AcceptsItsValues()
    {
        // What z.toJSONSchema writes.
        const string Schema = """
            {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {
            "name": {"type": "string", "minLength": 1},
            "mail": {"type": "string", "format": "email", "pattern":
              "^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$"},
            "id": {"type": "string", "format": "uuid", "pattern":
              "^([0-9a-f]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12})$"},
            "when": {"type": "string", "format":"time", "pattern": "^(?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d+)?)?$"},
            "count": {"type": "integer", "minimum": -9007199254740991, "maximum": 9007199254740991},
            "price": {"type": "number", "exclusiveMinimum": 0},
            "kind": {"type": "string", "enum": ["plan", "section"]},
            "fixed": {"type": "string", "const": "x"},
            "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}]},
            "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "map": {"type": "object", "propertyNames": {"type": "string"}, "additionalProperties": {"type": "number"}},
            "shape": {"oneOf": [
              {"type": "object", "required": ["k", "r"], "additionalProperties": false,
               "properties": {"k": {"type": "string", "const": "a"}, "r": {"type": "number"}}},
              {"type": "object", "required": ["k", "w"], "additionalProperties": false,
               "properties": {"k": {"type": "string", "const": "b"}, "w": {"type": "number"}}}]},
            "next": {"$ref": "#/$defs/__schema0"}},
            "required": ["name", "mail", "id", "when", "count", "price", "kind", "fixed", "pair", "maybe", "map", "shape"],
            "additionalProperties": false, "$defs": {"__schema0": {"type": "object", "properties": {
              "next": {"$ref": "#/$defs/__schema0"}}, "additionalProperties": false}}}
            """;
        const string Value = """
            {"name": "a", "mail": "o'a.b@c.example", "id": "6ba7b810-9dad-41d1-80b4-00c04fd430c8", "when": "09:30", "count": -3,
             "price": 0.01, "kind": "plan", "fixed": "x", "pair": ["a", 1], "maybe": null, "map": {"a": 1}, "shape": {"k": "b", "w": 2},
             "next": {"next": {}}}
            """;
        var format = AnswerFormat.JsonSchema(Schema);
        Assert.True(Answers.Accepts(format, Value));
        Assert.False(Answers.Accepts(format, Value.Replace("o'a.b", "o'a..b", StringComparison.Ordinal)));
        var schema = JsonSchema.FromText(Schema.Replace("\"format\":\"time\", ", "", StringComparison.Ordinal));
        for (var seed = 0; seed < 20; seed++)
            AssertValid(schema, Schema, Answers.Random(format, new Random(seed)));
    }

    private static void AssertValid(JsonSchema schema, string text, string answer)
    {
        using var document = JsonDocument.Parse(answer);
        if (!IsReadByValidator(document.RootElement))
            return;
        var result = schema.Evaluate(JsonNode.Parse(answer), Strict);
        Assert.True(result.IsValid, $"{JsonSerializer.Serialize(result)}\n{text}\n{answer}");
    }

    // It refuses equal names of a map, and numbers that are too large for the decimal type.
    private static bool IsReadByValidator(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().DistinctBy(p => p.Name).Count() == element.EnumerateObject().Count()
                && element.EnumerateObject().All(p => IsReadByValidator(p.Value)),
            JsonValueKind.Array => element.EnumerateArray().All(IsReadByValidator),
            JsonValueKind.Number => element.TryGetDecimal(out _),
            _ => true,
        };

    private enum Unit
    {
        Millimeter,
        Inch,
    }

    private sealed record Drawing(
        string Number,
        Unit Unit,
        double Scale,
        long? Sheets,
        DateOnly Date,
        Guid Id,
        Dictionary<string, long>? Counts
    )
    {
        public List<Drawing> Children { get; init; } = [];
    }
}
