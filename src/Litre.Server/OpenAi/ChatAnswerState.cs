using System.Security.Cryptography;
using System.Text;
using Litre.Data.Chat;
using Litre.Data.Tokenization;
using Litre.Inference.Sampling;
using Litre.Inference.Serving;
using Litre.Server.Answers;

namespace Litre.Server.OpenAi;

/// <summary>One of the answers of a request while it arrives. Not thread-safe.</summary>
/// <param name="index">Its index.</param>
/// <param name="request">The request.</param>
/// <param name="markup">How the checkpoint marks thoughts and calls.</param>
/// <param name="tokenizer">For the texts of tokens.</param>
internal sealed class ChatAnswerState(int index, ChatRequest request, AnswerMarkup markup, Tokenizer tokenizer)
{
    private readonly AnswerParser _parser = new(markup, request.Reading, passesArguments: request.Streams);
    private readonly ParsedAnswer _answer = new();
    private readonly List<ChatLogProb> _logProbs = [];
    private readonly StringBuilder _text = new();
    private int _sentLogProbs;
    private AnswerEnd? _end;

    /// <summary>The whole text as it was generated.</summary>
    public string Text => _text.ToString();

    /// <summary>Why it ended.</summary>
    public string FinishReason =>
        _parser.Calls > 0 && _end?.Reason != AnswerEndReason.Length ? "tool_calls"
        : _end?.Reason == AnswerEndReason.Length ? "length"
        : "stop";

    /// <summary>Adds an event.</summary>
    /// <returns>What it adds to the answer.</returns>
    public IEnumerable<ChatDelta> Add(AnswerEvent next)
    {
        if (next is AnswerEnd end)
            _end = end;
        var parts = next is AnswerText text ? Push(text) : _parser.Finish();
        _answer.Add(parts);
        return parts.Select(Delta);
    }

    /// <summary>The log-probabilities since the last call; null if there are none.</summary>
    public ChatLogProbs? TakeLogProbs()
    {
        var found = _logProbs[_sentLogProbs..];
        _sentLogProbs = _logProbs.Count;
        return found.Count == 0 ? null : new ChatLogProbs(found);
    }

    /// <summary>The whole answer.</summary>
    public ChatChoice ToChoice()
    {
        var calls = _answer.Calls.Select(c => new ChatCall(null, NewId(), "function", new ChatFunction(c.Name, c.Arguments))).ToList();
        return new ChatChoice(
            index,
            new ChatAnswer(
                _answer.Text.Length == 0 && calls.Count > 0 ? null : _answer.Text,
                _answer.Reasoning.Length == 0 ? null : _answer.Reasoning,
                calls.Count == 0 ? null : calls
            ),
            request.Settings.LogProbs ? new ChatLogProbs(_logProbs) : null,
            FinishReason
        );
    }

    private IReadOnlyList<AnswerPart> Push(AnswerText text)
    {
        _text.Append(text.Text);
        if (request.Settings.LogProbs)
            _logProbs.AddRange(text.LogProbs.Select(Describe));
        return _parser.Push(text.Text);
    }

    private static ChatDelta Delta(AnswerPart part) =>
        part switch
        {
            ReasoningPart reasoning => new ChatDelta { ReasoningContent = reasoning.Text },
            TextPart text => new ChatDelta { Content = text.Text },
            CallStart call => new ChatDelta
            {
                ToolCalls = [new ChatCall(call.Index, NewId(), "function", new ChatFunction(call.Name, ""))],
            },
            CallArguments arguments => new ChatDelta
            {
                ToolCalls = [new ChatCall(arguments.Index, null, null, new ChatFunction(null, arguments.Json))],
            },
            _ => throw new InvalidOperationException($"an unknown part: {part.GetType().Name}"),
        };

    private ChatLogProb Describe(TokenLogProb token)
    {
        var (text, bytes) = TextOf(token.Token);
        return new ChatLogProb(
            text,
            token.LogProb,
            bytes,
            [.. token.Top.Select(top => new ChatTopLogProb(TextOf(top.Token).Text, top.LogProb, TextOf(top.Token).Bytes))]
        );
    }

    private (string Text, IReadOnlyList<int> Bytes) TextOf(int token) =>
        (tokenizer.Decode([token]), [.. tokenizer.TokenBytes(token).ToArray().Select(b => (int)b)]);

    private static string NewId() => "call_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
}
