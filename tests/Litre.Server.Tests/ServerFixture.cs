using System.Text;
using System.Text.Json;
using Litre.Access.Audit;
using Litre.Access.Keys;
using Litre.Inference.Serving;
using Litre.Server.ClientHost;
using Litre.Server.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Shared;

namespace Litre.Server.Tests;

/// <summary>A server on a free port of this machine, with keys and an audit log of its own.</summary>
internal sealed class ServerFixture : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private AuditLog? _audit;

    private ServerFixture() => Keys = KeyStore.Open(_folder.File("keys"));

    public ScriptedEngine Engine { get; } = new();

    public KeyStore Keys { get; }

    public LogText Log { get; } = new();

    public WebApplication App { get; private set; } = null!;

    public HttpClient Client { get; } = new();

    public Uri Address => Client.BaseAddress!;

    public string AuditFolder => _folder.File("audit");

    /// <summary>The lines of the audit log that are about requests.</summary>
    public IReadOnlyList<JsonElement> Audited
    {
        get
        {
            if (!Directory.Exists(AuditFolder))
                return [];
            return
            [
                .. Directory
                    .EnumerateFiles(AuditFolder, "*.jsonl")
                    .Order()
                    .SelectMany(file =>
                    {
                        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
                        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
                    })
                    .Select(line => JsonDocument.Parse(line).RootElement)
                    .Where(e => e.GetProperty("kind").GetString() == "request"),
            ];
        }
    }

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Starts a server.</summary>
    /// <param name="change">Changes the settings, whose default are those of the program, on a free port.</param>
    /// <param name="engine">The engine; null for the scripted one.</param>
    /// <param name="isLoading">Whether the engine is not there yet.</param>
    /// <param name="prepare">Called before the server starts.</param>
    public static async Task<ServerFixture> StartAsync(
        Func<ServerSettings, ServerSettings>? change = null,
        IAnswerEngine? engine = null,
        bool isLoading = false,
        Action<ServerFixture>? prepare = null
    )
    {
        var fixture = new ServerFixture();
        prepare?.Invoke(fixture);
        var settings = new ServerSettings { Port = 0, ModelName = "nano" };
        fixture._audit = AuditLog.Open(fixture.AuditFolder);
        fixture.App = LitreServer.Build(
            change?.Invoke(settings) ?? settings,
            isLoading ? null : engine ?? fixture.Engine,
            fixture.Keys,
            fixture._audit,
            logging => logging.AddProvider(fixture.Log)
        );
        await fixture.App.StartAsync(Cancel);
        fixture.Client.BaseAddress = new Uri(fixture.App.Urls.Single());
        return fixture;
    }

    /// <summary>A folder in that of the fixture.</summary>
    public string Folder(string name) => Directory.CreateDirectory(_folder.File(name)).FullName;

    /// <summary>Sends JSON.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string json, string? key = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        if (key is not null)
            request.Headers.Add("Authorization", $"Bearer {key}");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
    }

    /// <summary>Asks a question.</summary>
    /// <param name="question">The question.</param>
    /// <param name="fields">More fields of the request, as JSON.</param>
    /// <param name="key">The key.</param>
    public Task<HttpResponseMessage> AskAsync(string question, string fields = "", string? key = null) =>
        PostAsync("/v1/chat/completions", Question(question, fields), key);

    /// <summary>A request with a question and more fields, as JSON.</summary>
    public static string Question(string question, string fields = "") =>
        $"{{\"messages\": [{{\"role\": \"user\", \"content\": {JsonSerializer.Serialize(question)}}}]"
        + $"{(fields.Length > 0 ? ", " + fields : "")}}}";

    /// <summary>A response's JSON; fails if its status is another one.</summary>
    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response, HttpStatusCode status = HttpStatusCode.OK)
    {
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The error of a response.</summary>
    public static async Task<(string Message, string Type, string? Param, string? Code)> ErrorAsync(
        HttpResponseMessage response,
        HttpStatusCode status
    )
    {
        var error = (await ReadAsync(response, status)).GetProperty("error");
        return (
            error.GetProperty("message").GetString()!,
            error.GetProperty("type").GetString()!,
            error.GetProperty("param").GetString(),
            error.GetProperty("code").GetString()
        );
    }

    /// <summary>Waits until something is so; fails after ten seconds.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var deadline = DateTime.UtcNow.AddSeconds(10);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < deadline, what);
            await Task.Delay(10, Cancel);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
        _audit?.Dispose();
        _folder.Dispose();
    }
}
