using System.Text.Json;
using Litre.Core;
using Litre.Data.Chat;
using Litre.Inference.Constraints;
using Litre.Inference.Sampling;
using Litre.Server.Answers;
using Litre.Server.Anthropic;

namespace Litre.Server.Tests.Anthropic;

public sealed class MessagesRequestTests
{
    private const string Pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    private const string Image =
        "{\"type\": \"image\", \"source\": {\"type\": \"base64\", \"media_type\": \"image/png\", \"data\": \"" + Pixel + "\"}}";

    private const string Tools = """
        "tools": [{"name": "measure", "description": "Measures a part.", "input_schema": {"type": "object",
        "properties": {"part": {"type": "string"}}},
        "cache_control": {"type": "ephemeral"}}]
        """;

    [Fact]
    public void Parse_SystemBlocksAndText_BecomeTurns()
    {
        var request = Parse(
            """
            {"model": "m", "max_tokens": 9, "temperature": 0.5, "top_p": 0.9, "top_k": 7, "stop_sequences": ["END"], "stream": true,
            "metadata": {"user_id": "u"}, "thinking": {"type": "enabled", "budget_tokens": 1024},
            "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}, {"type": "text",
            "text": "Use mm."}],
            "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"},
            {"role": "user", "content": [{"type": "text", "text": "What?"}, {"type": "text", "text": "Where?"}]}]}
            """
        );
        Assert.Equal(["Be brief.\nUse mm.", "Hi", "Hello", "What?\nWhere?"], request.Sample.Messages.Select(m => m.Content));
        Assert.Equal([Role.System, Role.User, Role.Assistant, Role.User], request.Sample.Messages.Select(m => m.Role));
        Assert.True(request.Streams);
        Assert.True(request.ShowsThoughts);
        Assert.Equal(AnswerReading.Text, request.Reading);
        Assert.Equal(
            (9, 0.5, 0.9, 7),
            (request.Settings.MaxNewTokens, request.Settings.Temperature, request.Settings.TopP, request.Settings.TopK)
        );
        Assert.Equal(["END"], request.Settings.StopStrings);
    }

    [Fact]
    public void Parse_ImagesInQuestionsAndResults_AreNumberedInOrder()
    {
        var request = Parse(
            $$$"""
            {"model": "m", "max_tokens": 9, {{{Tools}}}, "messages": [{"role": "user", "content": [{{{Image}}}, {"type": "text",
            "text": "Size?"}]},
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm.", "signature": "unsigned"}, {"type": "text",
            "text": "I measure."},
            {"type": "tool_use", "id": "a", "name": "measure", "input": {"part":"shaft"}}, {"type": "tool_use", "id": "b",
            "name": "measure", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "b", "content": [{"type": "text", "text": "8"},
            {{{Image}}}]},
            {"type": "tool_result", "tool_use_id": "a", "content": "5", "is_error": false}, {"type": "text", "text": "Go on."}]}]}
            """
        );
        var messages = request.Sample.Messages;
        Assert.Equal([Role.System, Role.User, Role.Assistant, Role.Tool, Role.Tool, Role.User], messages.Select(m => m.Role));
        Assert.Equal([ContentPart.OfImage(0), ContentPart.OfText("Size?")], messages[1].Parts);
        Assert.Equal("Hm.", messages[2].Thought);
        Assert.Equal([new ToolCall("measure", "{\"part\": \"shaft\"}"), new ToolCall("measure", "{}")], messages[2].ToolCalls);
        // In the order of the calls.
        Assert.Equal("5", messages[3].Content);
        Assert.Equal([ContentPart.OfText("8"), ContentPart.OfImage(1)], messages[4].Parts);
        Assert.Equal(2, request.Sample.Images.Count);
        Assert.Equal(Convert.FromBase64String(Pixel), request.Sample.Images[1].ReadBytes(Data.Imaging.ImageLimits.Default));
        Assert.Equal(
            [
                "{\"type\": \"function\", \"function\": {\"name\": \"measure\", \"description\": \"Measures a part.\", "
                    + "\"parameters\": {\"type\": \"object\", \"properties\": {\"part\": {\"type\": \"string\"}}}}}",
            ],
            messages[0].Tools
        );
        Assert.Equal(AnswerReading.Calls, request.Reading);
    }

    [Theory]
    [InlineData("{\"type\": \"any\"}", AnswerReading.ForcedCall)]
    [InlineData("{\"type\": \"tool\", \"name\": \"measure\"}", AnswerReading.ForcedCall)]
    [InlineData("{\"type\": \"auto\"}", AnswerReading.Calls)]
    [InlineData("{\"type\": \"auto\", \"disable_parallel_tool_use\": true}", AnswerReading.SingleCall)]
    [InlineData("{\"type\": \"none\"}", AnswerReading.Text)]
    public void Parse_ToolChoice_DecidesWhatTheAnswerCanContain(string choice, object reading)
    {
        var request = Parse(Question($"{Tools}, \"tool_choice\": {choice}"));
        Assert.Equal(reading, request.Reading);
        Assert.Equal(reading is AnswerReading.ForcedCall, request.Settings.Format is { Kind: AnswerFormatKind.JsonSchema });
        Assert.Equal(reading is AnswerReading.Text ? 0 : 1, request.Sample.Messages[0].Tools.Count);
    }

    [Fact]
    public void Parse_OutputFormat_ConstrainsTheAnswer()
    {
        var request = Parse(Question("\"output_config\": {\"format\": {\"type\": \"json_schema\", \"schema\": {\"type\": \"object\"}}}"));
        Assert.Equal(AnswerFormat.JsonSchema("{\"type\": \"object\"}"), request.Settings.Format);
        Assert.Equal(AnswerReading.Constrained, request.Reading);
    }

    [Theory]
    [InlineData("{\"max_tokens\": 9, \"messages\": []}", "model")]
    [InlineData("{\"model\": \"m\", \"messages\": []}", "max_tokens")]
    [InlineData("{\"model\": \"m\", \"max_tokens\": 0, \"messages\": []}", "max_tokens")]
    [InlineData("{\"model\": \"m\", \"max_tokens\": 9, \"messages\": []}", "messages")]
    [InlineData("{\"model\": \"m\", \"max_tokens\": 9, \"messages\": [{\"role\": \"user\"}]}", "messages[0].content")]
    [InlineData("{\"model\": \"m\", \"max_tokens\": 9, \"messages\": [{\"role\": \"bot\", \"content\": \"\"}]}", "messages[0].role")]
    [InlineData(
        "{\"model\": \"m\", \"max_tokens\": 9, \"messages\": [{\"role\": \"user\", \"content\": \"a\"}, "
            + "{\"role\": \"assistant\", \"content\": \"b\"}]}",
        "messages"
    )]
    public void Parse_IncompleteRequest_NamesTheField(string body, string field) =>
        Assert.Equal(field, Assert.Throws<InputException>(() => Parse(body)).Setting);

    [Theory]
    [InlineData("{\"type\": \"image\", \"source\": {\"type\": \"url\", \"url\": \"https://example.com/a.png\"}}", "opens no address")]
    [InlineData("{\"type\": \"image\", \"source\": {\"type\": \"file\", \"file_id\": \"f\"}}", "use base64")]
    [InlineData("{\"type\": \"image\", \"source\": {\"type\": \"base64\", \"data\": \"***\"}}", "not base64")]
    [InlineData("{\"type\": \"document\", \"source\": {\"type\": \"base64\", \"data\": \"\"}}", "send the pages as images")]
    [InlineData("{\"type\": \"video\"}", "'video' is not supported")]
    [InlineData("{\"text\": \"no type\"}", "is required")]
    public void Parse_UnsupportedBlock_SaysWhatToSendInstead(string block, string reason)
    {
        var body = $"{{\"model\": \"m\", \"max_tokens\": 9, \"messages\": [{{\"role\": \"user\", \"content\": [{block}]}}]}}";
        var error = Assert.Throws<InputException>(() => Parse(body));
        Assert.StartsWith("messages[0].content[0]", error.Setting);
        Assert.Contains(reason, error.Message);
    }

    [Theory]
    [InlineData("\"tools\": [{\"type\": \"web_search_20250305\", \"name\": \"web_search\"}]", "runs on its provider's servers")]
    [InlineData("\"tools\": [{\"name\": \"f\", \"input_schema\": {\"title\": \"\\ud800\"}}]", "not valid Unicode")]
    [InlineData(
        "\"tool_choice\": {\"type\": \"any\"}, \"tools\": [{\"name\": \"f\", \"input_schema\": {\"$defs\": {\"a\": 1, \"a\": 1}}}]",
        "has a key twice"
    )]
    [InlineData("\"tools\": [{\"name\": \"f\"}]", "`tools[0].input_schema`")]
    [InlineData("\"tool_choice\": {\"type\": \"any\"}", "`tools` offers none")]
    [InlineData(Tools + ", \"tool_choice\": {\"type\": \"tool\", \"name\": \"other\"}", "use one of measure")]
    public void Parse_UnusableTools_SaysWhy(string fields, string reason) =>
        Assert.Contains(reason, Assert.Throws<InputException>(() => Parse(Question(fields))).Message);

    [Fact]
    public void Parse_TooManyImages_RefusesTheFirstBeyondTheLimit()
    {
        var body =
            $"{{\"model\": \"m\", \"max_tokens\": 9, \"messages\": [{{\"role\": \"user\", \"content\": [{Image}, {Image}, {Image}]}}]}}";
        Assert.Equal("messages[0].content[2].source", Assert.Throws<InputException>(() => Parse(body)).Setting);
    }

    private static string Question(string fields) =>
        $"{{\"model\": \"m\", \"max_tokens\": 9, \"messages\": [{{\"role\": \"user\", \"content\": \"Hi\"}}], {fields}}}";

    private static MessagesRequest Parse(string body)
    {
        using var document = JsonDocument.Parse(body);
        return MessagesRequest.Parse(document.RootElement, new GenerationSettings(), maximumImages: 2);
    }
}
