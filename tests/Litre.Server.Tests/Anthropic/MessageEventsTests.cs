using System.Text.Json;
using Litre.Inference.Serving;
using Litre.Server.Answers;
using Litre.Server.Anthropic;

namespace Litre.Server.Tests.Anthropic;

public sealed class MessageEventsTests
{
    private static readonly AnswerEnd Ended = new(AnswerEndReason.Stop, new AnswerUsage(10, 4, 7), new AnswerTiming(0, 0, 0, 0));

    [Fact]
    public void Parts_ThoughtTextAndCalls_AreBlocksThatStartGrowAndStop()
    {
        var events = Events(
            showsThoughts: true,
            [new ReasoningPart("h"), new ReasoningPart("m"), new TextPart("a"), new CallStart(0, "f"), new CallArguments(0, "{\"x\":")],
            [new CallArguments(0, "1}"), new CallStart(1, "g"), new CallArguments(1, "{}")]
        );
        Assert.Equal(
            [
                "message_start",
                "ping",
                "content_block_start 0 thinking",
                "content_block_delta 0 thinking_delta h",
                "content_block_delta 0 thinking_delta m",
                "content_block_delta 0 signature_delta unsigned",
                "content_block_stop 0",
                "content_block_start 1 text",
                "content_block_delta 1 text_delta a",
                "content_block_stop 1",
                "content_block_start 2 tool_use f",
                "content_block_delta 2 input_json_delta {\"x\":",
                "content_block_delta 2 input_json_delta 1}",
                "content_block_stop 2",
                "content_block_start 3 tool_use g",
                "content_block_delta 3 input_json_delta {}",
                "content_block_stop 3",
                "message_delta tool_use",
                "message_stop",
            ],
            events
        );
    }

    [Fact]
    public void Parts_ThoughtsNotAskedFor_AreLeftOut() =>
        Assert.Equal(
            [
                "message_start",
                "ping",
                "content_block_start 0 text",
                "content_block_delta 0 text_delta a",
                "content_block_stop 0",
                "message_delta end_turn",
                "message_stop",
            ],
            Events(showsThoughts: false, [new ReasoningPart("hm"), new TextPart("a")])
        );

    [Fact]
    public void Message_WholeAnswer_HasBlocksStopReasonAndUsage()
    {
        var answer = new ParsedAnswer();
        answer.Add([new ReasoningPart("hm"), new TextPart("a"), new CallStart(0, "f"), new CallArguments(0, "{\"x\": 1}")]);
        using var json = JsonDocument.Parse(MessageJson.Write(MessageJson.Message("msg_1", "m", answer, showsThoughts: true, Ended)));
        var root = json.RootElement;
        Assert.Equal(
            ["thinking", "text", "tool_use"],
            root.GetProperty("content").EnumerateArray().Select(c => c.GetProperty("type").GetString())
        );
        Assert.Equal(1, root.GetProperty("content")[2].GetProperty("input").GetProperty("x").GetInt32());
        Assert.Equal("tool_use", root.GetProperty("stop_reason").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("stop_sequence").ValueKind);
        var usage = root.GetProperty("usage");
        Assert.Equal(
            (6, 4, 7),
            (
                usage.GetProperty("input_tokens").GetInt32(),
                usage.GetProperty("cache_read_input_tokens").GetInt32(),
                usage.GetProperty("output_tokens").GetInt32()
            )
        );
    }

    [Fact]
    public void StopReason_EachEnd_HasItsWord()
    {
        Assert.Equal("end_turn", MessageJson.StopReason(Ended, 0));
        Assert.Equal("tool_use", MessageJson.StopReason(Ended, 1));
        Assert.Equal("max_tokens", MessageJson.StopReason(Ended with { Reason = AnswerEndReason.Length }, 1));
        Assert.Equal("stop_sequence", MessageJson.StopReason(Ended with { StopString = "END" }, 0));
    }

    private static List<string> Events(bool showsThoughts, params AnswerPart[][] pieces)
    {
        var events = new MessageEvents("msg_1", "m", showsThoughts);
        var all = events
            .Start(10)
            .Concat(pieces.SelectMany(p => events.Parts(p)).ToList())
            .Concat(events.End(Ended, pieces.SelectMany(p => p).OfType<CallStart>().Count()));
        return [.. all.Select(Describe)];
    }

    private static string Describe(ServerEvent sent)
    {
        using var json = JsonDocument.Parse(sent.Json);
        var root = json.RootElement;
        Assert.Equal(sent.Name, root.GetProperty("type").GetString());
        var words = new List<string> { sent.Name };
        if (root.TryGetProperty("index", out var index))
            words.Add(index.GetRawText());
        if (root.TryGetProperty("content_block", out var block))
        {
            words.Add(block.GetProperty("type").GetString()!);
            if (block.TryGetProperty("name", out var name))
                words.Add(name.GetString()!);
        }
        if (root.TryGetProperty("delta", out var delta))
            words.AddRange(delta.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.String).Select(p => p.Value.GetString()!));
        return string.Join(' ', words);
    }
}
