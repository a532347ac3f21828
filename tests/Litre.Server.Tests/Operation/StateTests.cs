using System.Text.Json;
using Litre.Access.Audit;
using Litre.Server.Requests;
using Microsoft.Extensions.DependencyInjection;

namespace Litre.Server.Tests.Operation;

public sealed class StateTests
{
    private static readonly string[] Secrets = ["the secret drawing", "Its answer"];

    [Fact]
    public async Task Health_WhileTheModelIsLoaded_IsUnavailable()
    {
        await using var server = await ServerFixture.StartAsync(isLoading: true);
        var loading = await server.Client.GetAsync("/health", ServerFixture.Cancel);
        Assert.Equal(
            "loading",
            (await ServerFixture.ReadAsync(loading, HttpStatusCode.ServiceUnavailable)).GetProperty("status").GetString()
        );
        using var early = await server.AskAsync("Hello");
        Assert.Equal("loading", (await ServerFixture.ErrorAsync(early, HttpStatusCode.ServiceUnavailable)).Code);
        Assert.NotNull(early.Headers.RetryAfter);
        var host = server.App.Services.GetRequiredService<EngineHost>();
        host.Start(server.Engine);
        var ready = await server.Client.GetAsync("/health", ServerFixture.Cancel);
        Assert.Equal("ready", (await ServerFixture.ReadAsync(ready)).GetProperty("status").GetString());
        host.Stop();
        var stopping = await server.Client.GetAsync("/health", ServerFixture.Cancel);
        Assert.Equal(
            "stopping",
            (await ServerFixture.ReadAsync(stopping, HttpStatusCode.ServiceUnavailable)).GetProperty("status").GetString()
        );
    }

    [Fact]
    public async Task Stop_RunningAnswer_IsFinished()
    {
        await using var server = await ServerFixture.StartAsync(engine: new DelayedEngine(TimeSpan.FromSeconds(1)));
        var answer = server.AskAsync("Hello");
        await Task.Delay(200, ServerFixture.Cancel);
        await server.App.StopAsync(ServerFixture.Cancel);
        await ServerFixture.ReadAsync(await answer);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => server.AskAsync("Hello"));
    }

    [Fact]
    public async Task Stop_AnswerThatTakesTooLong_IsCanceled()
    {
        await using var server = await ServerFixture.StartAsync(s => s with { Drain = TimeSpan.FromSeconds(0.5), MaxTokens = 1_000_000 });
        using var response = await server.AskAsync("forever", "\"stream\": true");
        await server.App.StopAsync(ServerFixture.Cancel);
        await ServerFixture.UntilAsync(() => server.Engine.Status.Running == 0, "the answer goes on");
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync(ServerFixture.Cancel));
    }

    [Fact]
    public async Task Models_Adapters_HaveTheBaseAsParent()
    {
        await using var server = await ServerFixture.StartAsync();
        var models = (await ServerFixture.ReadAsync(await server.Client.GetAsync("/v1//models", ServerFixture.Cancel))).GetProperty("data");
        Assert.Equal(["nano", "drawings"], models.EnumerateArray().Select(m => m.GetProperty("id").GetString()));
        Assert.Equal(JsonValueKind.Null, models[0].GetProperty("parent").ValueKind);
        Assert.Equal("nano", models[1].GetProperty("parent").GetString());
        var one = await ServerFixture.ReadAsync(await server.Client.GetAsync("/v1/models/drawings", ServerFixture.Cancel));
        Assert.Equal("model", one.GetProperty("object").GetString());
        await ServerFixture.ErrorAsync(await server.Client.GetAsync("/v1/models/none", ServerFixture.Cancel), HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound)]
    [InlineData("GET", "/v1/chat/completions", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", "/v1/models", HttpStatusCode.MethodNotAllowed)]
    public async Task Request_ThatRoutingRefuses_HasAnError(string method, string path, HttpStatusCode status)
    {
        await using var server = await ServerFixture.StartAsync();
        using var response = await server.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), ServerFixture.Cancel);
        await ServerFixture.ErrorAsync(response, status);
    }

    [Fact]
    public async Task Metrics_AfterAnswers_HaveNumbersAndNothingElse()
    {
        await using var server = await ServerFixture.StartAsync();
        var (key, secret) = server.Keys.Create("alice", admin: false);
        await ServerFixture.ReadAsync(await server.AskAsync("say " + Secrets[0], "\"model\": \"drawings\"", secret));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Add("Authorization", $"Bearer {secret}");
        using var response = await server.Client.SendAsync(request, ServerFixture.Cancel);
        var text = await response.Content.ReadAsStringAsync(ServerFixture.Cancel);
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        foreach (
            var name in new[]
            {
                "vllm:num_requests_running{",
                "vllm:num_requests_waiting{",
                "vllm:kv_cache_usage_perc{",
                "vllm:prompt_tokens_total{",
                "vllm:generation_tokens_total{model_name=\"nano\"} 6",
                "vllm:time_to_first_token_seconds_bucket{model_name=\"nano\",le=\"+Inf\"} 1",
                "vllm:e2e_request_latency_seconds_count{model_name=\"nano\"} 1",
                "vllm:lora_requests_info{",
                "litre:http_responses_total{status=\"200\"} 1",
                "process_resident_memory_bytes ",
            }
        )
            Assert.Contains("\n" + name, text, StringComparison.Ordinal);
        foreach (var hidden in new[] { Secrets[0], secret, "alice", key.Id })
            Assert.DoesNotContain(hidden, text, StringComparison.Ordinal);
        // Every line is a comment or a sample.
        Assert.All(
            text.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Matches("""^(# (HELP|TYPE) [a-z:_0-9]+ .+|[a-z_0-9:]+(\{([a-z_]+="[^"]*",?)+\})? [0-9.eE+-]+)$""", line)
        );
    }

    [Fact]
    public async Task Document_EveryEndpoint_IsDescribed()
    {
        await using var server = await ServerFixture.StartAsync();
        var document = await ServerFixture.ReadAsync(await server.Client.GetAsync("/openapi.json", ServerFixture.Cancel));
        var paths = document.GetProperty("paths");
        Assert.Equal(
            [
                "/health",
                "/metrics",
                "/v1/chat/completions",
                "/v1/load_lora_adapter",
                "/v1/messages",
                "/v1/messages/count_tokens",
                "/v1/models",
                "/v1/models/{id}",
                "/v1/unload_lora_adapter",
                "/version",
            ],
            paths.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal)
        );
        var chat = paths.GetProperty("/v1/chat/completions").GetProperty("post");
        Assert.True(chat.GetProperty("requestBody").GetProperty("content").TryGetProperty("application/json", out _));
        Assert.True(chat.GetProperty("responses").TryGetProperty("429", out _));
        var fields = document
            .GetProperty("components")
            .GetProperty("schemas")
            .GetProperty("ChatCompletionRequest")
            .GetProperty("properties");
        foreach (var field in new[] { "messages", "max_completion_tokens", "response_format", "tool_choice", "top_logprobs" })
            Assert.True(fields.TryGetProperty(field, out _), field);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Audit_Answer_IsRecordedWithContentOnlyIfAsked(bool records)
    {
        await using var server = await ServerFixture.StartAsync(s => s with { RecordsContent = records });
        var key = server.Keys.Create("alice", admin: false);
        using var response = await server.AskAsync("say " + Secrets[1], "\"model\": \"drawings\"", key.Secret);
        await ServerFixture.ReadAsync(response);
        var entry = server.Audited.Single();
        Assert.Equal(response.Headers.GetValues("x-request-id").Single(), entry.GetProperty("request").GetString());
        Assert.Equal(("alice", key.Key.Id), (entry.GetProperty("key").GetString(), entry.GetProperty("key_id").GetString()));
        Assert.Equal(("nano", "drawings"), (entry.GetProperty("model").GetString(), entry.GetProperty("adapter").GetString()));
        Assert.Equal(200, entry.GetProperty("status").GetInt32());
        Assert.Equal(4, entry.GetProperty("new_tokens").GetInt32());
        Assert.Equal(records, entry.TryGetProperty("answer", out var answer) && answer.GetString() == Secrets[1]);
        Assert.Equal(records, entry.TryGetProperty("prompt", out _));
        Assert.DoesNotContain(Secrets[1], server.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(key.Secret, server.Log.Text, StringComparison.Ordinal);
        Assert.True(AuditLog.Verify(server.AuditFolder).Findings.Count == 0);
    }

    [Fact]
    public async Task Audit_Stream_IsRecordedBeforeItsEnd()
    {
        await using var server = await ServerFixture.StartAsync();
        using var response = await server.AskAsync("say Hello", "\"stream\": true");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(ServerFixture.Cancel));
        while (await reader.ReadLineAsync(ServerFixture.Cancel) is { } line)
        {
            if (line.Contains("\"finish_reason\":\"stop\"", StringComparison.Ordinal) || line.Contains("[DONE]", StringComparison.Ordinal))
                Assert.Single(server.Audited);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Audit_ThatCannotBeWritten_KeepsTheAnswerBack(bool streams)
    {
        await using var server = await ServerFixture.StartAsync();
        await ServerFixture.ReadAsync(await server.AskAsync("Hello"));
        // In place of the folder: nothing can be appended any more.
        Directory.Delete(server.AuditFolder, recursive: true);
        await File.WriteAllTextAsync(server.AuditFolder, "", ServerFixture.Cancel);
        using var response = await server.AskAsync("say " + Secrets[1], streams ? "\"stream\": true" : "");
        var text = await response.Content.ReadAsStringAsync(ServerFixture.Cancel);
        Assert.Contains("audit_unavailable", text, StringComparison.Ordinal);
        Assert.DoesNotContain(streams ? "[DONE]" : Secrets[1], text, StringComparison.Ordinal);
        Assert.DoesNotContain(server.AuditFolder, text, StringComparison.Ordinal);
        File.Delete(server.AuditFolder);
    }
}
