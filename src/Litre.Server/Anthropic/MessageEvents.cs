using Litre.Inference.Serving;
using Litre.Server.Answers;

namespace Litre.Server.Anthropic;

/// <summary>Turns the parts of an answer into the events of a stream: each block starts, grows and stops. Not thread-safe.</summary>
/// <param name="id">The ID of the message.</param>
/// <param name="model">The model that the request names.</param>
/// <param name="showsThoughts">Whether thoughts are part of the answer.</param>
internal sealed class MessageEvents(string id, string model, bool showsThoughts)
{
    private List<ServerEvent> _events = [];
    private string? _block; // the type of the block that is open
    private int _index = -1;

    public static ServerEvent Ping { get; } = new("ping", MessageJson.Write(new { type = "ping" }));

    /// <summary>The beginning of the message.</summary>
    public IReadOnlyList<ServerEvent> Start(int promptTokens)
    {
        _events = [];
        Add(
            "message_start",
            new
            {
                type = "message_start",
                message = new
                {
                    id,
                    type = "message",
                    role = "assistant",
                    model,
                    content = Array.Empty<object>(),
                    stop_reason = (string?)null,
                    stop_sequence = (string?)null,
                    usage = MessageJson.Usage(new AnswerUsage(promptTokens, 0, 0)),
                },
            }
        );
        _events.Add(Ping);
        return _events;
    }

    /// <summary>The events of parts of the answer.</summary>
    public IReadOnlyList<ServerEvent> Parts(IReadOnlyList<AnswerPart> parts)
    {
        _events = [];
        foreach (var part in parts)
        {
            switch (part)
            {
                case ReasoningPart reasoning when showsThoughts:
                    Open(
                        "thinking",
                        new
                        {
                            type = "thinking",
                            thinking = "",
                            signature = "",
                        }
                    );
                    Delta(new { type = "thinking_delta", thinking = reasoning.Text });
                    break;
                case TextPart text:
                    Open("text", new { type = "text", text = "" });
                    Delta(new { type = "text_delta", text = text.Text });
                    break;
                case CallStart call:
                    Close();
                    Open(
                        "tool_use",
                        new
                        {
                            type = "tool_use",
                            id = MessageJson.NewId("toolu_"),
                            name = call.Name,
                            input = new { },
                        }
                    );
                    break;
                case CallArguments arguments:
                    Delta(new { type = "input_json_delta", partial_json = arguments.Json });
                    break;
            }
        }
        return _events;
    }

    /// <summary>The end of the message.</summary>
    /// <param name="end">Why the answer ended, and its tokens.</param>
    /// <param name="calls">The number of complete calls.</param>
    public IReadOnlyList<ServerEvent> End(AnswerEnd end, int calls)
    {
        _events = [];
        Close();
        Add(
            "message_delta",
            new
            {
                type = "message_delta",
                delta = new { stop_reason = MessageJson.StopReason(end, calls), stop_sequence = end.StopString },
                usage = MessageJson.Usage(end.Usage),
            }
        );
        Add("message_stop", new { type = "message_stop" });
        return _events;
    }

    private void Open(string type, object block)
    {
        if (_block == type)
            return;
        Close();
        _block = type;
        Add(
            "content_block_start",
            new
            {
                type = "content_block_start",
                index = ++_index,
                content_block = block,
            }
        );
    }

    private void Delta(object delta) =>
        Add(
            "content_block_delta",
            new
            {
                type = "content_block_delta",
                index = _index,
                delta,
            }
        );

    private void Close()
    {
        if (_block == "thinking")
            Delta(new { type = "signature_delta", signature = MessageJson.Signature });
        if (_block != null)
            Add("content_block_stop", new { type = "content_block_stop", index = _index });
        _block = null;
    }

    private void Add(string name, object value) => _events.Add(new ServerEvent(name, MessageJson.Write(value)));
}
