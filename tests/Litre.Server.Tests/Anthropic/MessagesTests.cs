using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Litre.Data.Chat;
using Litre.Model.Families.Qwen;
using Litre.Server.ClientHost;

namespace Litre.Server.Tests.Anthropic;

public sealed class MessagesTests : IAsyncLifetime
{
    private const string Call =
        "say <tool_call>\\n{\\\"name\\\": \\\"measure\\\", \\\"arguments\\\": {\\\"part\\\": \\\"shaft\\\"}}\\n</tool_call>";
    private const string Tools = "\"tools\": [{\"name\": \"measure\", \"input_schema\": {\"type\": \"object\"}}]";

    private ServerFixture _server = null!;

    public async ValueTask InitializeAsync() => _server = await ServerFixture.StartAsync(s => s with { MaxTokens = 1000 });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Post_Question_IsAnsweredWithUsage()
    {
        var answer = await PostAsync(Question("Hello"));
        Assert.Equal("message", answer.GetProperty("type").GetString());
        Assert.Equal("assistant", answer.GetProperty("role").GetString());
        Assert.Equal("nano", answer.GetProperty("model").GetString());
        Assert.Equal("Hello [0 images, base]", answer.GetProperty("content")[0].GetProperty("text").GetString());
        Assert.Equal("end_turn", answer.GetProperty("stop_reason").GetString());
        var usage = answer.GetProperty("usage");
        Assert.Equal(8, usage.GetProperty("output_tokens").GetInt32());
        var counted = await PostAsync(Question("Hello"), "/v1/messages/count_tokens");
        Assert.Equal(
            counted.GetProperty("input_tokens").GetInt32(),
            usage.GetProperty("input_tokens").GetInt32() + usage.GetProperty("cache_read_input_tokens").GetInt32()
        );
    }

    [Fact]
    public async Task Post_Adapter_AnswersWithIt()
    {
        var answer = await PostAsync(Question("Hello").Replace("nano", "drawings", StringComparison.Ordinal));
        Assert.Equal("Hello [0 images, drawings]", answer.GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Post_Stream_SendsEventsThatEndWithTheMessage()
    {
        var events = await StreamAsync(Question("say Grüße", "\"stream\": true"));
        Assert.Equal(["message_start", "ping", "content_block_start"], events.Select(e => e.Name).Take(3));
        Assert.Equal(["content_block_stop", "message_delta", "message_stop"], events.Select(e => e.Name).TakeLast(3));
        Assert.Equal(
            "Grüße",
            string.Concat(
                events.Where(e => e.Name == "content_block_delta").Select(e => e.Data.GetProperty("delta").GetProperty("text").GetString())
            )
        );
        Assert.Equal(2, events[^2].Data.GetProperty("usage").GetProperty("output_tokens").GetInt32());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Post_AnswerCallsAFunction_ReturnsItAsABlock(bool streams)
    {
        var body = Question(Call, Tools + (streams ? ", \"stream\": true" : ""));
        JsonElement block;
        string? reason;
        if (streams)
        {
            var events = await StreamAsync(body);
            block = events.First(e => e.Name == "content_block_start").Data.GetProperty("content_block");
            reason = events[^2].Data.GetProperty("delta").GetProperty("stop_reason").GetString();
            Assert.Equal(
                "{\"part\": \"shaft\"}",
                string.Concat(
                    events
                        .Where(e => e.Name == "content_block_delta")
                        .Select(e => e.Data.GetProperty("delta").GetProperty("partial_json").GetString())
                )
            );
        }
        else
        {
            var answer = await PostAsync(body);
            block = answer.GetProperty("content")[0];
            reason = answer.GetProperty("stop_reason").GetString();
            Assert.Equal("shaft", block.GetProperty("input").GetProperty("part").GetString());
        }
        Assert.Equal("tool_use", block.GetProperty("type").GetString());
        Assert.Equal("measure", block.GetProperty("name").GetString());
        Assert.StartsWith("toolu_", block.GetProperty("id").GetString());
        Assert.Equal("tool_use", reason);
    }

    [Fact]
    public async Task Post_ParallelCallsDisabled_StopsAfterTheFirst()
    {
        var choice = "\"tool_choice\": {\"type\": \"auto\", \"disable_parallel_tool_use\": true}";
        var answer = await PostAsync(Question(Call + Call[4..], $"{Tools}, {choice}"));
        Assert.Single(answer.GetProperty("content").EnumerateArray());
        Assert.Equal("tool_use", answer.GetProperty("stop_reason").GetString());
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("stop_sequence").ValueKind);
    }

    [Fact]
    public async Task Post_StopSequence_IsNamed()
    {
        var answer = await PostAsync(Question("say a END b", "\"stop_sequences\": [\"END\"]"));
        Assert.Equal("a ", answer.GetProperty("content")[0].GetProperty("text").GetString());
        Assert.Equal("stop_sequence", answer.GetProperty("stop_reason").GetString());
        Assert.Equal("END", answer.GetProperty("stop_sequence").GetString());
    }

    [Fact]
    public async Task Post_MoreTokensThanTheServerAllows_GetsThatMany()
    {
        await PostAsync(Question("Hi").Replace("50", "64000", StringComparison.Ordinal));
        Assert.Equal(1000, _server.Engine.Last!.Settings.MaxNewTokens);
        var answer = await PostAsync(Question("say abcdef").Replace("50", "1", StringComparison.Ordinal));
        Assert.Equal("max_tokens", answer.GetProperty("stop_reason").GetString());
    }

    [Theory]
    [InlineData("{\"model\": \"nano\"}", 400, "invalid_request_error", "max_tokens")]
    [InlineData(
        "{\"model\": \"claude-x\", \"max_tokens\": 1, \"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}",
        404,
        "not_found_error",
        "claude-x"
    )]
    [InlineData(
        "{\"model\": \"nano\", \"max_tokens\": 1, \"messages\": [{\"role\": \"user\", \"content\": \"full\"}]}",
        429,
        "rate_limit_error",
        "waiting"
    )]
    [InlineData("not JSON", 400, "invalid_request_error", "not valid JSON")]
    public async Task Post_Refused_IsAnErrorInAnthropicsForm(string body, int status, string type, string text)
    {
        using var response = await _server.Client.PostAsync("/v1/messages", Json(body), ServerFixture.Cancel);
        var error = await response.Content.ReadFromJsonAsync<JsonElement>(ServerFixture.Cancel);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("error", error.GetProperty("type").GetString());
        Assert.Equal(type, error.GetProperty("error").GetProperty("type").GetString());
        Assert.Contains(text, error.GetProperty("error").GetProperty("message").GetString());
        Assert.StartsWith("req_", error.GetProperty("request_id").GetString());
        Assert.Equal(status == 429 ? 7 : null, response.Headers.RetryAfter?.Delta?.TotalSeconds);
    }

    [Fact]
    public async Task Post_WithoutItsKey_IsRefused()
    {
        var secret = _server.Keys.Create("station", admin: false).Secret;
        using var refused = await _server.Client.PostAsync("/v1/messages", Json(Question("Hi")), ServerFixture.Cancel);
        var error = await refused.Content.ReadFromJsonAsync<JsonElement>(ServerFixture.Cancel);
        Assert.Equal(
            (HttpStatusCode.Unauthorized, "authentication_error"),
            (refused.StatusCode, error.GetProperty("error").GetProperty("type").GetString())
        );
        _server.Client.DefaultRequestHeaders.Add("x-api-key", secret);
        Assert.Equal("end_turn", (await PostAsync(Question("Hi"))).GetProperty("stop_reason").GetString());
        Assert.StartsWith("key-", _server.Engine.Last!.Scope);
    }

    [Fact]
    public async Task Post_FailureWithinAStream_IsTheLastEvent()
    {
        var events = await StreamAsync(Question("fail", "\"stream\": true"));
        Assert.Equal("error", events[^1].Name);
        Assert.Equal("api_error", events[^1].Data.GetProperty("error").GetProperty("type").GetString());
        Assert.DoesNotContain("device is lost", events[^1].Data.ToString());
        Assert.DoesNotContain(events, e => e.Name == "message_stop");
    }

    [Fact]
    public async Task Post_ClientLeaves_FreesTheSlot()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages")
        {
            Content = Json(Question("forever", "\"stream\": true", 100000)),
        };
        var response = await _server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ServerFixture.Cancel);
        await using (var stream = await response.Content.ReadAsStreamAsync(ServerFixture.Cancel))
        {
            await stream.ReadExactlyAsync(new byte[2000], ServerFixture.Cancel);
            Assert.Equal(1, _server.Engine.Status.Running);
        }
        response.Dispose();
        Assert.True(SpinWait.SpinUntil(() => _server.Engine.Status.Running == 0, TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public async Task Post_ModelThinks_ShowsThoughtsOnlyIfAsked(bool asked, int blocks)
    {
        await using var engine = new ScriptedEngine(t => (QwenTemplate)t with { Thoughts = ThoughtForm.Opened });
        await using var server = await ServerFixture.StartAsync(engine: engine);
        var thinking = asked ? "\"thinking\": {\"type\": \"enabled\", \"budget_tokens\": 1024}" : "\"thinking\": {\"type\": \"disabled\"}";
        using var response = await server.Client.PostAsync(
            "/v1/messages",
            Json(Question("say Hm.\\n</think>\\n\\nGreen", thinking)),
            ServerFixture.Cancel
        );
        var content = (await response.Content.ReadFromJsonAsync<JsonElement>(ServerFixture.Cancel)).GetProperty("content");
        Assert.Equal(blocks, content.GetArrayLength());
        Assert.Equal("Green", content[blocks - 1].GetProperty("text").GetString());
        if (asked)
            Assert.Equal("Hm.", content[0].GetProperty("thinking").GetString());
    }

    [Fact]
    public async Task Post_WhatClaudeCodeSends_IsAnswered()
    {
        var tool =
            "{\"name\": \"Read\", \"description\": \"Reads a file.\", \"input_schema\": "
            + "{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"type\": \"object\", "
            + "\"properties\": {\"file_path\": {\"type\": \"string\"}}, \"required\": [\"file_path\"], \"additionalProperties\": false}}";
        var body = $$$"""
            {"model": "nano", "max_tokens": 32000, "stream": true, "temperature": 1, "metadata": {"user_id": "user_1"},
            "thinking": {"type": "adaptive"}, "output_config": {"effort": "medium"}, "context_management": {"edits": []},
            "system": [{"type": "text", "text": "You are a coding tool.", "cache_control": {"type": "ephemeral"}}, {"type": "text",
            "text": "Be exact."}],
            "tools": [{{{string.Join(", ", Enumerable.Repeat(tool, 20))}}}],
            "messages": [{"role": "user", "content": [{"type": "text", "text": "<system-reminder>date</system-reminder>"},
            {"type": "text", "text": "Read a.txt", "cache_control": {"type": "ephemeral"}}]},
            {"role": "assistant", "content": [{"type": "text", "text": "I read it."}, {"type": "tool_use", "id": "toolu_1",
            "name": "Read", "input": {"file_path": "a.txt"}}]},
            {"role": "user", "content": [{"tool_use_id": "toolu_1", "type": "tool_result", "content": [{"type": "text",
            "text": "1 hello"}],
            "is_error": false, "cache_control": {"type": "ephemeral"}}]}]}
            """;
        _server.Client.DefaultRequestHeaders.Add("anthropic-version", "2023-06-01");
        _server.Client.DefaultRequestHeaders.Add("anthropic-beta", "claude-code-20250219,interleaved-thinking-2025-05-14");
        var events = await StreamAsync(body, "/v1/messages?beta=true");
        Assert.Equal("message_stop", events[^1].Name);
        Assert.Equal(Role.Tool, _server.Engine.Last!.Sample.Messages[^1].Role);
        Assert.Equal(20, _server.Engine.Last.Sample.Messages[0].Tools.Count);
    }

    private static string Question(string text, string? fields = null, int tokens = 50) =>
        $"{{\"model\": \"nano\", \"max_tokens\": {tokens}, \"messages\": [{{\"role\": \"user\", \"content\": \"{text}\"}}]"
        + $"{(fields is null ? "" : ", " + fields)}}}";

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private async Task<JsonElement> PostAsync(string body, string path = "/v1/messages")
    {
        using var response = await _server.Client.PostAsync(path, Json(body), ServerFixture.Cancel);
        var text = await response.Content.ReadAsStringAsync(ServerFixture.Cancel);
        Assert.True(response.IsSuccessStatusCode, text);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private async Task<List<(string Name, JsonElement Data)>> StreamAsync(string body, string path = "/v1/messages")
    {
        using var response = await _server.Client.PostAsync(path, Json(body), ServerFixture.Cancel);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var events = new List<(string, JsonElement)>();
        foreach (
            var block in (await response.Content.ReadAsStringAsync(ServerFixture.Cancel)).Split(
                "\n\n",
                StringSplitOptions.RemoveEmptyEntries
            )
        )
        {
            var lines = block.Split('\n');
            using var document = JsonDocument.Parse(lines[1]["data: ".Length..]);
            events.Add((lines[0]["event: ".Length..], document.RootElement.Clone()));
        }
        return events;
    }
}
