using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace ServeSoak;

/// <summary>Sends requests as well-behaved programs and as broken ones do.</summary>
internal sealed class Client(HttpClient http, Uri server)
{
    private const string ChatPath = "/v1/chat/completions";

    /// <summary>Asks, and reads the whole answer. A full server is asked again when it says so.</summary>
    public async Task<Answer> AskAsync(JsonObject body, string? key, CancellationToken cancel = default)
    {
        while (true)
        {
            using var response = await SendAsync(ChatPath, Encoding.UTF8.GetBytes(body.ToJsonString()), key, cancel);
            if ((int)response.StatusCode == 429)
            {
                await Task.Delay(response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1), cancel);
                continue;
            }
            return body["stream"] is not null && response.IsSuccessStatusCode
                ? await ReadStreamAsync(response, cancel)
                : await ReadAsync(response, cancel);
        }
    }

    /// <summary>Sends any bytes as a request's body.</summary>
    public async Task<Answer> PostAsync(string path, byte[] body, string? key, Action<HttpRequestHeaders>? change = null)
    {
        using var response = await SendAsync(path, body, key, default, change);
        return await ReadAsync(response, default);
    }

    /// <summary>Begins to read a stream slowly, and leaves without reading its end.</summary>
    public async Task ReadSlowlyAsync(JsonObject body, string key, Random random)
    {
        using var socket = await ConnectAsync();
        socket.ReceiveBufferSize = 1024;
        await socket.SendAsync(Raw(body, key, 1.0));
        var buffer = new byte[16];
        for (var i = random.Next(40); i > 0; i--)
        {
            await Task.Delay(random.Next(50));
            if (await socket.ReceiveAsync(buffer) == 0)
                return;
        }
    }

    /// <summary>Sends a part of a request and closes the connection, politely or with a reset.</summary>
    public async Task LeaveEarlyAsync(JsonObject body, string key, Random random)
    {
        using var socket = await ConnectAsync();
        await socket.SendAsync(Raw(body, key, random.NextDouble()));
        await Task.Delay(random.Next(100));
        if (random.Next(2) == 0)
            socket.LingerState = new LingerOption(true, 0);
    }

    /// <summary>Sends bytes that are not HTTP.</summary>
    public async Task SendGarbageAsync(Random random)
    {
        using var socket = await ConnectAsync();
        var bytes = new byte[random.Next(1, 4000)];
        random.NextBytes(bytes);
        try
        {
            await socket.SendAsync(bytes);
            using var patience = new CancellationTokenSource(200);
            await socket.ReceiveAsync(bytes.AsMemory(), patience.Token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The server may close the connection at any byte.
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Host, server.Port);
        return socket;
    }

    // A beginning of a request as bytes.
    private byte[] Raw(JsonObject body, string key, double share)
    {
        var text = body.ToJsonString();
        var bytes = Encoding.UTF8.GetBytes(
            $"POST {ChatPath} HTTP/1.1\r\nHost: {server.Authority}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
                + $"Content-Length: {Encoding.UTF8.GetByteCount(text)}\r\n\r\n{text}"
        );
        return bytes[..(int)Math.Ceiling(bytes.Length * share)];
    }

    private async Task<HttpResponseMessage> SendAsync(
        string path,
        byte[] body,
        string? key,
        CancellationToken cancel,
        Action<HttpRequestHeaders>? change = null
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, path)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        change?.Invoke(request.Headers);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
    }

    private static async Task<Answer> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var text = await response.Content.ReadAsStringAsync(cancel);
        // The answer to a load of an adapter is plain text.
        var isJson = response.Content.Headers.ContentType?.MediaType == "application/json";
        if (!response.IsSuccessStatusCode || !isJson || JsonNode.Parse(text)?["choices"]?[0]?["message"] is not { } message)
            return new Answer((int)response.StatusCode, text, null, true, 0);
        return new Answer(200, message["content"]?.GetValue<string>() ?? "", IdOf(response), true, Cached(JsonNode.Parse(text)));
    }

    private static async Task<Answer> ReadStreamAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var (text, isComplete, cached) = (new StringBuilder(), false, 0);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancel));
        while (await reader.ReadLineAsync(cancel) is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            if (line == "data: [DONE]")
            {
                isComplete = true;
                continue;
            }
            var chunk = JsonNode.Parse(line["data: ".Length..])!;
            if (chunk["error"] is { } error)
                return new Answer(500, error.ToJsonString(), IdOf(response), false, 0);
            if (chunk["choices"] is JsonArray { Count: > 0 } choices)
                text.Append(choices[0]?["delta"]?["content"] is JsonValue piece ? piece.GetValue<string?>() : null);
            cached = Math.Max(cached, Cached(chunk));
        }
        return new Answer(200, text.ToString(), IdOf(response), isComplete, cached);
    }

    private static int Cached(JsonNode? answer) =>
        answer?["usage"] is JsonObject usage
        && usage["prompt_tokens_details"] is JsonObject details
        && details["cached_tokens"] is { } count
            ? count.GetValue<int>()
            : 0;

    private static string? IdOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("x-request-id", out var values) ? values.First() : null;
}
