using System.Text;
using Litre.Data.Chat;
using Litre.Inference.Sampling;
using Litre.Inference.Serving;
using Litre.Server.Answers;
using Litre.Server.Requests;
using Litre.Server.Settings;
using Litre.Server.Streaming;

namespace Litre.Server.Anthropic;

/// <summary>Answers requests in Anthropic's form.</summary>
internal sealed class MessagesHandler(
    EngineHost host,
    ModelCatalog catalog,
    ServerSettings settings,
    AnswerService answers,
    AuditTrail audit,
    StreamFailures failures
)
{
    /// <summary>POST /v1/messages.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        var record = context.Record();
        record.IsAudited = true;
        var engine = host.Require();
        var request = MessagesRequest.Parse(await RequestBody.ReadAsync(context), engine.Defaults, settings.MaxImages);
        var markup = engine.Encoder.Chat.Template.Answers;
        var tokens = answers.CountTokens(request.Sample);
        await using var run = answers.Start(record, request.Model, request.Sample, SettingsOf(request, markup));
        var parser = new AnswerParser(markup, request.Reading, passesArguments: request.Streams);
        if (request.Streams)
            await StreamAsync(context, request, run, parser, tokens);
        else
            await SendAsync(context, request, run, parser);
    }

    /// <summary>POST /v1/messages/count_tokens.</summary>
    public async Task CountAsync(HttpContext context)
    {
        var engine = host.Require();
        var request = MessagesRequest.Parse(await RequestBody.ReadAsync(context), engine.Defaults, settings.MaxImages, counts: true);
        catalog.Find(request.Model);
        await WriteAsync(context, new { input_tokens = answers.CountTokens(request.Sample) });
    }

    private async Task SendAsync(HttpContext context, MessagesRequest request, AnswerRun run, AnswerParser parser)
    {
        var answer = new ParsedAnswer();
        AnswerEnd? end = null;
        await foreach (var next in run.ReadAsync(pause: null))
        {
            if (next?.Event is AnswerText text)
                answer.Add(parser.Push(text.Text));
            end ??= next?.Event as AnswerEnd;
        }
        answer.Add(parser.Finish());
        if (settings.RecordsContent)
            context.Record().Answer = answer.Reasoning + ToolCall.Append(answer.Text, answer.Calls);
        end = await RecordAsync(context, end!, parser);
        await WriteAsync(context, MessageJson.Message(MessageJson.NewId("msg_"), request.Model, answer, request.ShowsThoughts, end));
    }

    private async Task StreamAsync(HttpContext context, MessagesRequest request, AnswerRun run, AnswerParser parser, int tokens)
    {
        var record = context.Record();
        var stream = new EventStream(context.Response, record.Cancel);
        var events = new MessageEvents(MessageJson.NewId("msg_"), request.Model, request.ShowsThoughts);
        try
        {
            var answer = settings.RecordsContent ? new StringBuilder() : null;
            await foreach (var next in run.ReadAsync(settings.PingInterval))
            {
                if (!context.Response.HasStarted)
                    await SendAsync(stream, events.Start(tokens));
                switch (next?.Event)
                {
                    case null:
                        await SendAsync(stream, [MessageEvents.Ping]);
                        break;
                    case AnswerText text:
                        answer?.Append(text.Text);
                        await SendAsync(stream, events.Parts(parser.Push(text.Text)));
                        break;
                    case AnswerEnd end:
                        await SendAsync(stream, events.Parts(parser.Finish()));
                        record.Answer = answer?.ToString();
                        end = await RecordAsync(context, end, parser);
                        await SendAsync(stream, events.End(end, parser.Calls));
                        break;
                }
            }
        }
        catch (Exception failure) when (context.Response.HasStarted)
        {
            await failures.ReportAsync(context, failure, "error");
        }
    }

    // The entry is written before the client can know that the answer is complete.
    private async Task<AnswerEnd> RecordAsync(HttpContext context, AnswerEnd end, AnswerParser parser)
    {
        var record = context.Record();
        record.End = end.Reason == AnswerEndReason.Length ? "length" : "stop";
        await audit.WriteAsync(record, context.Request.Path, StatusCodes.Status200OK);
        // The mark after a call ends an answer that may contain only one.
        return parser.Calls > 0 ? end with { StopString = null } : end;
    }

    private static GenerationSettings SettingsOf(MessagesRequest request, AnswerMarkup markup) =>
        request.Reading == AnswerReading.SingleCall && markup.Calls is { } calls
            ? request.Settings with
            {
                StopStrings = [.. request.Settings.StopStrings, calls.Close],
            }
            : request.Settings;

    private static Task SendAsync(EventStream stream, IReadOnlyList<ServerEvent> events) =>
        events.Count == 0 ? Task.CompletedTask : stream.WriteEventsAsync(string.Concat(events));

    private static Task WriteAsync(HttpContext context, object value)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(MessageJson.Write(value), context.Record().Cancel);
    }
}
