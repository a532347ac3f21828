using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Litre.Core;
using Litre.Privacy.Native;

namespace Litre.Privacy.Trials;

/// <summary>Starts a server, asks it about an image over loopback as a client of OpenAI's protocol does, and stops it.</summary>
public static class ServerTrial
{
    private const int PollMs = 200;
    private const int Tokens = 16;
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(60);

    /// <summary>Runs it.</summary>
    /// <param name="image">A PNG file.</param>
    /// <param name="question">The question.</param>
    /// <param name="server">The command of the server; the port follows.</param>
    /// <param name="cancel">Stops the server.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="InputException">The server does not start, does not answer, or does not stop in order.</exception>
    public static async Task<string> RunAsync(
        string image,
        string question,
        IReadOnlyList<string> server,
        CancellationToken cancel = default
    )
    {
        var port = FreePort();
        var start = new ProcessStartInfo(server[0]);
        foreach (var word in server.Skip(1).Append(port.ToString(CultureInfo.InvariantCulture)))
            start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        try
        {
            // A proxy of the environment would be another machine.
            using var handler = new SocketsHttpHandler { UseProxy = false };
            using var client = new HttpClient(handler) { BaseAddress = new Uri($"http://{IPAddress.Loopback}:{port}/") };
            await WaitAsync(client, process, cancel);
            var answer = await AskAsync(client, image, question, cancel);
            await StopAsync(process, cancel);
            return answer;
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or InvalidOperationException)
        {
            throw new InputException($"the server did not answer as a server of this protocol does: {e.Message}", e);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static async Task WaitAsync(HttpClient client, Process process, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < StartPatience)
        {
            if (process.HasExited)
                throw new InputException($"the server ended before it was ready, with exit code {process.ExitCode}");
            try
            {
                using var response = await client.GetAsync("health", cancel);
                if (response.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }
            await Task.Delay(PollMs, cancel);
        }
        throw new InputException($"the server was not ready within {StartPatience.TotalMinutes:0} minutes");
    }

    private static async Task<string> AskAsync(HttpClient client, string image, string question, CancellationToken cancel)
    {
        var models = await client.GetFromJsonAsync<JsonNode>("v1/models", cancel);
        var data = Convert.ToBase64String(await File.ReadAllBytesAsync(image, cancel));
        var request = new JsonObject
        {
            // The last one is the adapter, if there is one.
            ["model"] = models!["data"]!.AsArray().Last()!["id"]!.GetValue<string>(),
            ["max_tokens"] = Tokens,
            ["messages"] = new JsonArray(
                new JsonObject
                {
                    ["role"] = "user",
                    ["content"] = new JsonArray(
                        new JsonObject
                        {
                            ["type"] = "image_url",
                            ["image_url"] = new JsonObject { ["url"] = $"data:image/png;base64,{data}" },
                        },
                        new JsonObject { ["type"] = "text", ["text"] = question }
                    ),
                }
            ),
        };
        using var response = await client.PostAsJsonAsync("v1/chat/completions", request, cancel);
        var body = await response.Content.ReadAsStringAsync(cancel);
        return response.IsSuccessStatusCode
            ? JsonNode.Parse(body)!["choices"]![0]!["message"]!["content"]!.GetValue<string>()
            : throw new InputException($"the server answered with status {(int)response.StatusCode}: {VisibleText.OneLine(body)}");
    }

    private static async Task StopAsync(Process process, CancellationToken cancel)
    {
        _ = Libc.Kill(process.Id, Libc.Terminate);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(StopPatience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new InputException($"the server did not stop within {StopPatience.TotalSeconds:0} s");
        }
        if (process.ExitCode != 0)
            throw new InputException($"the server stopped with exit code {process.ExitCode}");
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
