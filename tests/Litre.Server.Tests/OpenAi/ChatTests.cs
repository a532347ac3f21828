using System.Text.Json;
using Litre.Inference.Constraints;

namespace Litre.Server.Tests.OpenAi;

public sealed class ChatTests
{
    private const string Call = "say Let me see. <tool_call>\n{\"name\": \"measure\", \"arguments\": {\"part\": \"shaft\"}}\n</tool_call>";
    private const string Tools =
        "\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"measure\", \"parameters\": {\"type\": \"object\"}}}]";

    [Fact]
    public async Task Post_Question_IsAnsweredWithUsage()
    {
        await using var server = await ServerFixture.StartAsync();
        var answer = await ServerFixture.ReadAsync(
            await server.AskAsync("Hello", "\"model\": \"nano\", \"user\": \"u\", \"store\": false")
        );
        Assert.Equal("chat.completion", answer.GetProperty("object").GetString());
        Assert.Equal("nano", answer.GetProperty("model").GetString());
        Assert.StartsWith("fp_", answer.GetProperty("system_fingerprint").GetString(), StringComparison.Ordinal);
        var choice = answer.GetProperty("choices")[0];
        Assert.Equal("Hello [0 images, base]", choice.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal("assistant", choice.GetProperty("message").GetProperty("role").GetString());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        var usage = answer.GetProperty("usage");
        var (prompt, fresh) = (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(8, fresh);
        Assert.Equal(prompt + fresh, usage.GetProperty("total_tokens").GetInt32());
        Assert.Equal(prompt / 2, usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32());
    }

    [Fact]
    public async Task Post_Adapter_AnswersWithIt()
    {
        await using var server = await ServerFixture.StartAsync();
        var answer = await ServerFixture.ReadAsync(await server.AskAsync("Hello", "\"model\": \"drawings\""));
        Assert.Equal("Hello [0 images, drawings]", Content(answer));
        Assert.Equal("drawings", answer.GetProperty("model").GetString());
    }

    [Fact]
    public async Task Post_UnknownModel_IsNotFound()
    {
        await using var server = await ServerFixture.StartAsync();
        var error = await ServerFixture.ErrorAsync(await server.AskAsync("Hello", "\"model\": \"gpt-9\""), HttpStatusCode.NotFound);
        Assert.Equal(("not_found_error", "model", "model_not_found"), (error.Type, error.Param, error.Code));
    }

    [Fact]
    public async Task Post_Stream_SendsPiecesUsageAndTheEnd()
    {
        await using var server = await ServerFixture.StartAsync();
        using var response = await server.AskAsync("say Grüße aus Jena", "\"stream\": true, \"stream_options\": {\"include_usage\": true}");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("no", response.Headers.GetValues("X-Accel-Buffering").Single());
        Assert.Empty(response.Content.Headers.ContentEncoding);
        var chunks = await StreamAsync(response);
        Assert.Equal("assistant", Delta(chunks[0]).GetProperty("role").GetString());
        Assert.Equal(
            "Grüße aus Jena",
            string.Concat(chunks.SkipLast(1).Select(c => Delta(c)).Select(d => d.TryGetProperty("content", out var t) ? t.GetString() : ""))
        );
        Assert.All(chunks, c => Assert.Equal("chat.completion.chunk", c.GetProperty("object").GetString()));
        Assert.Equal("stop", chunks[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(0, chunks[^1].GetProperty("choices").GetArrayLength());
        Assert.Equal(5, chunks[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Post_StreamWithoutUsage_HasNone()
    {
        await using var server = await ServerFixture.StartAsync();
        var chunks = await StreamAsync(await server.AskAsync("say Hello", "\"stream\": true"));
        Assert.All(chunks, c => Assert.False(c.TryGetProperty("usage", out _)));
    }

    [Fact]
    public async Task Post_Stream_IsSentPieceByPiece()
    {
        await using var server = await ServerFixture.StartAsync(s => s with { MaxTokens = 1_000_000 });
        using var response = await server.AskAsync("forever", "\"stream\": true");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(ServerFixture.Cancel));
        for (var i = 0; i < 5; i++)
            Assert.StartsWith("data: {", await NextAsync(reader), StringComparison.Ordinal);
        Assert.Equal(1, server.Engine.Status.Running);
        response.Dispose();
        await ServerFixture.UntilAsync(() => server.Engine.Status.Running == 0, "the answer goes on");
        await ServerFixture.UntilAsync(() => server.Audited.Count == 1, "no audit entry");
        Assert.Equal("canceled", server.Audited[0].GetProperty("end").GetString());
    }

    [Fact]
    public async Task Post_ClientLeavesBeforeTheAnswer_CancelsIt()
    {
        await using var server = await ServerFixture.StartAsync(s => s with { MaxTokens = 1_000_000 });
        using var leaving = new CancellationTokenSource();
        var request = server.Client.PostAsync(
            "/v1/chat/completions",
            new StringContent(ServerFixture.Question("forever"), System.Text.Encoding.UTF8, "application/json"),
            leaving.Token
        );
        await ServerFixture.UntilAsync(() => server.Engine.Status.Running == 1, "it did not start");
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await ServerFixture.UntilAsync(() => server.Engine.Status.Running == 0, "the answer goes on");
    }

    [Fact]
    public async Task Post_WaitingStream_IsPinged()
    {
        await using var server = await ServerFixture.StartAsync(
            s => s with { PingInterval = TimeSpan.FromMilliseconds(50) },
            new DelayedEngine(TimeSpan.FromSeconds(0.5))
        );
        using var response = await server.AskAsync("Hello", "\"stream\": true");
        var text = await response.Content.ReadAsStringAsync(ServerFixture.Cancel);
        Assert.StartsWith(": ping\n\n", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Post_AnswerCallsAFunction_ReturnsTheCall(bool streams)
    {
        await using var server = await ServerFixture.StartAsync();
        using var response = await server.AskAsync(Call, Tools + (streams ? ", \"stream\": true" : ""));
        string? name,
            arguments,
            id,
            content,
            reason;
        if (streams)
        {
            var chunks = await StreamAsync(response);
            var calls = chunks
                .Select(Delta)
                .Where(d => d.TryGetProperty("tool_calls", out _))
                .Select(d => d.GetProperty("tool_calls")[0])
                .ToList();
            Assert.All(calls, c => Assert.Equal(0, c.GetProperty("index").GetInt32()));
            (id, name) = (calls[0].GetProperty("id").GetString(), calls[0].GetProperty("function").GetProperty("name").GetString());
            Assert.All(calls.Skip(1), c => Assert.False(c.TryGetProperty("id", out _)));
            arguments = string.Concat(calls.Select(c => c.GetProperty("function").GetProperty("arguments").GetString()));
            content = string.Concat(chunks.Select(Delta).Select(d => d.TryGetProperty("content", out var t) ? t.GetString() : ""));
            reason = chunks[^1].GetProperty("choices")[0].GetProperty("finish_reason").GetString();
        }
        else
        {
            var choice = (await ServerFixture.ReadAsync(response)).GetProperty("choices")[0];
            var call = choice.GetProperty("message").GetProperty("tool_calls")[0];
            Assert.Equal("function", call.GetProperty("type").GetString());
            (id, name) = (call.GetProperty("id").GetString(), call.GetProperty("function").GetProperty("name").GetString());
            arguments = call.GetProperty("function").GetProperty("arguments").GetString();
            content = choice.GetProperty("message").GetProperty("content").GetString();
            reason = choice.GetProperty("finish_reason").GetString();
        }
        Assert.StartsWith("call_", id, StringComparison.Ordinal);
        Assert.Equal("measure", name);
        Assert.Equal("shaft", JsonDocument.Parse(arguments!).RootElement.GetProperty("part").GetString());
        Assert.Equal("Let me see.", content);
        Assert.Equal("tool_calls", reason);
    }

    [Fact]
    public async Task Post_ToolChoiceNone_LeavesTheTextAsItIs()
    {
        await using var server = await ServerFixture.StartAsync();
        var answer = await ServerFixture.ReadAsync(await server.AskAsync(Call, Tools + ", \"tool_choice\": \"none\""));
        Assert.Contains("<tool_call>", Content(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_ResultOfACall_IsPartOfTheConversation()
    {
        await using var server = await ServerFixture.StartAsync();
        var body =
            "{"
            + Tools
            + ", \"messages\": [{\"role\": \"developer\", \"content\": \"Be short.\"}, {\"role\": \"user\", \"content\": \"How long?\"}, "
            + "{\"role\": \"assistant\", \"content\": null, \"tool_calls\": [{\"id\": \"c1\", \"type\": \"function\", \"function\": "
            + "{\"name\": \"measure\", \"arguments\": \"{}\"}}]}, {\"role\": \"tool\", \"tool_call_id\": \"c1\", \"content\": \"12 mm\"}]}";
        Assert.StartsWith(
            "12 mm",
            Content(await ServerFixture.ReadAsync(await server.PostAsync("/v1/chat/completions", body))),
            StringComparison.Ordinal
        );
        var messages = server.Engine.Last!.Sample.Messages;
        Assert.Equal("System User Assistant Tool", string.Join(' ', messages.Select(m => m.Role)));
        Assert.Equal("measure", messages[2].ToolCalls.Single().Name);
    }

    [Fact]
    public async Task Post_Settings_ReachTheEngine()
    {
        await using var server = await ServerFixture.StartAsync();
        await ServerFixture.ReadAsync(
            await server.AskAsync(
                "Hello",
                "\"max_completion_tokens\": 9, \"temperature\": 0.5, \"top_p\": 0.9, \"top_k\": -1, \"min_p\": 0.1, "
                    + "\"presence_penalty\": 1, "
                    + "\"frequency_penalty\": 0.5, \"repetition_penalty\": 1.1, \"seed\": 7, \"stop\": [\"END\", \"###\"], "
                    + "\"logprobs\": true, \"top_logprobs\": 2"
            )
        );
        var s = server.Engine.Last!.Settings;
        Assert.Equal((9, 0.5, 0.9, 0, 0.1), (s.MaxNewTokens, s.Temperature, s.TopP, s.TopK, s.MinP));
        Assert.Equal((1, 0.5, 1.1, 7), (s.PresencePenalty, s.FrequencyPenalty, s.RepetitionPenalty, s.Seed));
        Assert.Equal(["END", "###"], s.StopStrings);
        Assert.Equal((true, 2), (s.LogProbs, s.TopLogProbs));
    }

    [Fact]
    public async Task Post_LogProbs_AreOfEveryToken()
    {
        await using var server = await ServerFixture.StartAsync();
        var answer = await ServerFixture.ReadAsync(await server.AskAsync("say Hello", "\"logprobs\": true, \"top_logprobs\": 2"));
        var content = answer.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content");
        Assert.Equal(2, content.GetArrayLength());
        Assert.Equal(-0.25, content[0].GetProperty("logprob").GetDouble());
        Assert.Equal(2, content[0].GetProperty("top_logprobs").GetArrayLength());
        Assert.Equal(
            content[0].GetProperty("token").GetString(),
            System.Text.Encoding.UTF8.GetString([.. content[0].GetProperty("bytes").EnumerateArray().Select(b => b.GetByte())])
        );
    }

    [Fact]
    public async Task Post_SeveralAnswers_AreAllReturnedWithSeedsOfTheirOwn()
    {
        await using var server = await ServerFixture.StartAsync();
        var answer = await ServerFixture.ReadAsync(await server.AskAsync("say Hello", "\"n\": 3"));
        Assert.Equal([0, 1, 2], answer.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("index").GetInt32()));
        Assert.Equal(6, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        var chunks = await StreamAsync(await server.AskAsync("say Hello", "\"n\": 2, \"stream\": true"));
        Assert.Equal(2, chunks.Count(c => c.GetProperty("choices")[0].GetProperty("finish_reason").ValueKind == JsonValueKind.String));
    }

    [Theory]
    [InlineData("\"response_format\": {\"type\": \"json_object\"}", AnswerFormatKind.JsonObject, "")]
    [InlineData(
        "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"x\", \"schema\": {\"type\":\"object\"}}}",
        AnswerFormatKind.JsonSchema,
        "{\"type\":\"object\"}"
    )]
    [InlineData("\"guided_json\": {\"type\":\"object\"}", AnswerFormatKind.JsonSchema, "{\"type\":\"object\"}")]
    [InlineData("\"guided_regex\": \"[0-9]+\"", AnswerFormatKind.Regex, "[0-9]+")]
    [InlineData("\"structured_outputs\": {\"regex\": \"[0-9]+\"}", AnswerFormatKind.Regex, "[0-9]+")]
    [InlineData("\"structured_outputs\": {\"choice\": [\"M8 (fine)\", \"M10\"]}", AnswerFormatKind.Regex, "M8 \\(fine\\)|M10")]
    public async Task Post_Form_ReachesTheEngine(string field, AnswerFormatKind kind, string text)
    {
        await using var server = await ServerFixture.StartAsync();
        await ServerFixture.ReadAsync(await server.AskAsync("Hello", field));
        Assert.Equal(new AnswerFormat(kind, text), server.Engine.Last!.Settings.Format);
    }

    [Fact]
    public async Task Post_RequiredCall_IsConstrained()
    {
        await using var server = await ServerFixture.StartAsync();
        var answer = await ServerFixture.ReadAsync(
            await server.AskAsync(
                "say {\"name\": \"measure\", \"arguments\": {\"part\": \"shaft\"}}",
                Tools + ", \"tool_choice\": \"required\""
            )
        );
        Assert.Equal(AnswerFormatKind.JsonSchema, server.Engine.Last!.Settings.Format!.Kind);
        Assert.Equal("tool_calls", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Theory]
    [InlineData("\"logit_bias\": {\"50256\": -100}", "logit_bias")]
    [InlineData("\"audio\": {\"voice\": \"x\"}", "audio")]
    [InlineData("\"modalities\": [\"text\", \"audio\"]", "modalities[1]")]
    [InlineData("\"functions\": [{\"name\": \"f\"}]", "functions")]
    [InlineData("\"min_tokens\": 5", "min_tokens")]
    [InlineData("\"ignore_eos\": true", "ignore_eos")]
    [InlineData("\"chat_template_kwargs\": {\"enable_thinking\": false}", "chat_template_kwargs")]
    [InlineData("\"n\": 9", "n")]
    [InlineData("\"n\": 0", "n")]
    [InlineData("\"max_tokens\": 0", "max_tokens")]
    [InlineData("\"max_tokens\": \"many\"", "max_tokens")]
    [InlineData("\"temperature\": -1", "temperature")]
    [InlineData("\"top_p\": 0", "top_p")]
    [InlineData("\"top_logprobs\": 2", "top_logprobs")]
    [InlineData("\"seed\": 1.5", "seed")]
    [InlineData("\"stop\": 5", "stop")]
    [InlineData("\"stream\": \"yes\"", "stream")]
    [InlineData("\"response_format\": {\"type\": \"xml\"}", "response_format.type")]
    [InlineData("\"response_format\": {\"type\": \"json_object\"}, \"guided_regex\": \"a\"", "response_format")]
    [InlineData("\"tool_choice\": \"required\"", "tool_choice")]
    public async Task Post_FieldThatCannotBeUsed_IsRefusedByName(string field, string parameter)
    {
        await using var server = await ServerFixture.StartAsync();
        var error = await ServerFixture.ErrorAsync(await server.AskAsync("Hello", field), HttpStatusCode.BadRequest);
        Assert.Equal((parameter, "invalid_request_error"), (error.Param, error.Type));
        Assert.DoesNotContain("`", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"logit_bias\": {}, \"modalities\": [\"text\"], \"min_tokens\": 0, \"best_of\": 1, \"length_penalty\": 1.0")]
    [InlineData("\"logit_bias\": null, \"functions\": [], \"ignore_eos\": false, \"skip_special_tokens\": true")]
    [InlineData("\"metadata\": {\"a\": \"b\"}, \"store\": true, \"service_tier\": \"auto\", \"reasoning_effort\": \"low\", \"x\": 1")]
    public async Task Post_FieldsWithoutEffect_AreAccepted(string fields)
    {
        await using var server = await ServerFixture.StartAsync();
        await ServerFixture.ReadAsync(await server.AskAsync("Hello", fields));
    }

    [Theory]
    [InlineData("{}", "messages")]
    [InlineData("{\"messages\": []}", "messages")]
    [InlineData("{\"messages\": \"Hello\"}", "messages")]
    [InlineData("{\"messages\": [{\"content\": \"x\"}]}", "messages[0].role")]
    [InlineData("{\"messages\": [{\"role\": \"boss\", \"content\": \"x\"}]}", "messages[0].role")]
    [InlineData("{\"messages\": [{\"role\": \"user\"}]}", "messages[0].content")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"input_audio\"}]}]}", "messages[0].content[0]")]
    [InlineData("{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}, {\"role\": \"assistant\", \"content\": \"y\"}]}", "messages")]
    public async Task Post_MessagesThatCannotBeUsed_AreRefusedByPlace(string body, string parameter)
    {
        await using var server = await ServerFixture.StartAsync();
        Assert.Equal(
            parameter,
            (await ServerFixture.ErrorAsync(await server.PostAsync("/v1/chat/completions", body), HttpStatusCode.BadRequest)).Param
        );
    }

    [Fact]
    public async Task Post_Video_IsReadFromFramesInTheRequest()
    {
        await using var server = await ServerFixture.StartAsync();
        using var bitmap = new SkiaSharp.SKBitmap(64, 64);
        using var data = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Jpeg, 90);
        var frame = Convert.ToBase64String(data.ToArray());
        foreach (
            var part in new[]
            {
                $"{{\"type\": \"video_url\", \"video_url\": {{\"url\": \"data:video/jpeg;base64,{frame},{frame},{frame}\"}}}}",
                $"{{\"type\": \"video\", \"video\": [{string.Join(", ", Enumerable.Repeat($"\"data:image/jpeg;base64,{frame}\"", 3))}]}}",
            }
        )
        {
            var body = $"{{\"messages\": [{{\"role\": \"user\", \"content\": [{part}, {{\"type\": \"text\", \"text\": \"What?\"}}]}}]}}";
            await ServerFixture.ReadAsync(await server.PostAsync("/v1/chat/completions", body));
            Assert.Equal(3, server.Engine.Last!.Sample.Videos.Single().Frames.Count);
        }
        var film =
            "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"video_url\", "
            + "\"video_url\": {\"url\": \"data:video/mp4;base64,AAAA\"}}]}]}";
        var error = await ServerFixture.ErrorAsync(await server.PostAsync("/v1/chat/completions", film), HttpStatusCode.BadRequest);
        Assert.Contains("send its frames", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_QueueIsFull_SaysWhenToTryAgain()
    {
        await using var server = await ServerFixture.StartAsync();
        using var response = await server.AskAsync("full");
        Assert.Equal("rate_limit_error", (await ServerFixture.ErrorAsync(response, HttpStatusCode.TooManyRequests)).Type);
        Assert.Equal("7", response.Headers.RetryAfter!.ToString());
        using var stream = await server.AskAsync("full", "\"stream\": true");
        Assert.Equal(HttpStatusCode.TooManyRequests, stream.StatusCode);
    }

    [Fact]
    public async Task Post_EngineFails_SaysNothingButTheRequest()
    {
        await using var server = await ServerFixture.StartAsync();
        using var response = await server.AskAsync("fail");
        var error = await ServerFixture.ErrorAsync(response, HttpStatusCode.InternalServerError);
        Assert.DoesNotContain("device is lost", error.Message, StringComparison.Ordinal);
        var id = response.Headers.GetValues("x-request-id").Single();
        Assert.Contains(id, error.Message, StringComparison.Ordinal);
        Assert.Contains(id, server.Log.Text, StringComparison.Ordinal);
        Assert.Equal(
            (id, "error"),
            (server.Audited[0].GetProperty("request").GetString(), server.Audited[0].GetProperty("end").GetString())
        );
    }

    [Fact]
    public async Task Post_EngineFailsInAStream_EndsWithAnError()
    {
        await using var server = await ServerFixture.StartAsync();
        using var response = await server.AskAsync("fail", "\"stream\": true");
        var text = await response.Content.ReadAsStringAsync(ServerFixture.Cancel);
        Assert.Contains("\"type\":\"server_error\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.DoesNotContain("device is lost", text + server.Log.Text, StringComparison.Ordinal);
    }

    /// <summary>The chunks of a stream, which must end with [DONE].</summary>
    private static async Task<List<JsonElement>> StreamAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(ServerFixture.Cancel);
        var events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", events[^1]);
        return [.. events.SkipLast(1).Select(e => JsonDocument.Parse(e["data: ".Length..]).RootElement)];
    }

    private static async Task<string> NextAsync(StreamReader reader)
    {
        var line = await reader.ReadLineAsync(ServerFixture.Cancel);
        await reader.ReadLineAsync(ServerFixture.Cancel);
        return line!;
    }

    private static JsonElement Delta(JsonElement chunk) => chunk.GetProperty("choices")[0].GetProperty("delta");

    private static string Content(JsonElement answer) =>
        answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
}
