using System.Security.Cryptography;
using Litre.Data.Chat;
using Litre.Inference.Sampling;
using Litre.Server.Answers;
using Litre.Server.Requests;
using Litre.Server.Settings;
using Litre.Server.Streaming;
using Microsoft.AspNetCore.Routing;

namespace Litre.Server.OpenAi;

/// <summary>POST /v1/chat/completions.</summary>
internal sealed class ChatEndpoint(
    EngineHost host,
    AnswerService answers,
    ModelCatalog catalog,
    AuditTrail audit,
    StreamFailures failures,
    ServerSettings settings
)
{
    public const string Path = "/v1/chat/completions";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost(Path, (HttpContext context, ChatEndpoint endpoint) => endpoint.AnswerAsync(context))
            .WithName("createChatCompletion")
            .WithSummary("Answers a conversation; with stream: true as server-sent events of the type ChatChunk.")
            .WithTags("OpenAI")
            .Accepts<ChatCompletionRequest>("application/json")
            .Produces<ChatCompletion>()
            .Produces<ChatChunk>(StatusCodes.Status200OK, "text/event-stream");

    private async Task AnswerAsync(HttpContext context)
    {
        var record = context.Record();
        record.IsAudited = true;
        var request = ChatRequest.Parse(await RequestBody.ReadAsync(context), answers.Defaults, settings.MaxImages);
        var encoder = host.Require().Encoder;
        var (markup, tokenizer) = (encoder.Chat.Template.Answers, encoder.Chat.Tokenizer);
        await using var run = answers.Start(record, request.Model, request.Sample, SettingsOf(request, markup), request.Count);
        ChatAnswerState[] states = [.. Enumerable.Range(0, request.Count).Select(i => new ChatAnswerState(i, request, markup, tokenizer))];
        var head = new ChatChunk(
            "chatcmpl-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)),
            record.Arrival.ToUnixTimeSeconds(),
            record.Adapter ?? catalog.BaseName,
            [],
            null,
            catalog.SystemFingerprint(record.AdapterFingerprint)
        );
        if (request.Streams)
            await StreamAsync(context, request, run, states, head);
        else
            await CollectAsync(context, run, states, head);
    }

    private async Task CollectAsync(HttpContext context, AnswerRun run, ChatAnswerState[] states, ChatChunk head)
    {
        var record = context.Record();
        await foreach (var next in run.ReadAsync(pause: null))
        {
            if (next is { } found)
                states[found.Choice].Add(found.Event);
        }
        await CompleteAsync(context, states);
        await context.Response.WriteAsJsonAsync(
            new ChatCompletion(
                head.Id,
                head.Created,
                head.Model,
                [.. states.Select(s => s.ToChoice())],
                ChatUsage.Of(record.Usage),
                head.SystemFingerprint
            ),
            JsonForm.Options,
            context.RequestAborted
        );
    }

    private async Task StreamAsync(HttpContext context, ChatRequest request, AnswerRun run, ChatAnswerState[] states, ChatChunk head)
    {
        var record = context.Record();
        var stream = new EventStream(context.Response, record.Cancel);
        try
        {
            var begun = new bool[states.Length];
            await foreach (var next in run.ReadAsync(settings.PingInterval))
            {
                if (next is not { } found)
                {
                    await stream.PingAsync();
                    continue;
                }
                var state = states[found.Choice];
                var deltas = state.Add(found.Event).ToList();
                if (!begun[found.Choice])
                    deltas.Insert(0, new ChatDelta { Role = "assistant", Content = "" });
                begun[found.Choice] = true;
                foreach (var delta in deltas)
                    await stream.WriteAsync(Chunk(found.Choice, delta, delta.Role is null ? state.TakeLogProbs() : null, null));
            }
            await CompleteAsync(context, states);
            foreach (var (i, state) in states.Index())
                await stream.WriteAsync(Chunk(i, new ChatDelta(), state.TakeLogProbs(), state.FinishReason));
            if (request.StreamsUsage)
                await stream.WriteAsync(head with { Usage = ChatUsage.Of(record.Usage) });
            await stream.WriteTextAsync("[DONE]");
        }
        catch (Exception failure) when (context.Response.HasStarted)
        {
            await failures.ReportAsync(context, failure);
        }

        ChatChunk Chunk(int index, ChatDelta delta, ChatLogProbs? logProbs, string? reason) =>
            head with
            {
                Choices = [new ChatChunkChoice(index, delta, logProbs, reason)],
            };
    }

    // The mark after a call ends an answer that may contain only one.
    private static GenerationSettings SettingsOf(ChatRequest request, AnswerMarkup markup) =>
        request.Reading == AnswerReading.SingleCall && markup.Calls is { } calls
            ? request.Settings with
            {
                StopStrings = [.. request.Settings.StopStrings, calls.Close],
            }
            : request.Settings;

    // The last bytes follow: a client that has all of them has its line in the audit log.
    private Task CompleteAsync(HttpContext context, ChatAnswerState[] states)
    {
        var record = context.Record();
        record.End = string.Join(',', states.Select(s => s.FinishReason).Distinct());
        if (settings.RecordsContent)
            record.Answer = string.Join("\n", states.Select(s => s.Text));
        return audit.WriteAsync(record, context.Request.Path, StatusCodes.Status200OK);
    }
}
