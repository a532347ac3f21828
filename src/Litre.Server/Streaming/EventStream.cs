using System.Buffers;
using System.Text;
using System.Text.Json;
using Litre.Server.Errors;
using Litre.Server.Settings;
using Microsoft.AspNetCore.Http.Features;

namespace Litre.Server.Streaming;

/// <summary>Server-sent events: each is sent at once, and nothing on the way may collect or compress them. Not thread-safe.</summary>
/// <param name="response">The response, which begins with the first event.</param>
/// <param name="cancel">Stops waiting for a client that does not read.</param>
internal sealed class EventStream(HttpResponse response, CancellationToken cancel)
{
    /// <summary>Sends an event.</summary>
    /// <param name="data">Its data, which are written as JSON.</param>
    /// <param name="name">Its name; null for none.</param>
    public Task WriteAsync(object data, string? name = null) =>
        WriteAsync(JsonSerializer.SerializeToUtf8Bytes(data, JsonForm.Options), name);

    /// <summary>Sends an event with text of one line.</summary>
    public Task WriteTextAsync(string text) => WriteAsync(Encoding.UTF8.GetBytes(text), null);

    /// <summary>Sends events that are written already, with their names and line breaks.</summary>
    public Task WriteEventsAsync(string events)
    {
        Start();
        response.BodyWriter.Write(Encoding.UTF8.GetBytes(events));
        return FlushAsync();
    }

    /// <summary>Sends a comment, which clients skip.</summary>
    public Task PingAsync()
    {
        Start();
        response.BodyWriter.Write(": ping\n\n"u8);
        return FlushAsync();
    }

    private Task WriteAsync(byte[] data, string? name)
    {
        Start();
        var writer = response.BodyWriter;
        if (name is not null)
            writer.Write(Encoding.UTF8.GetBytes($"event: {name}\n"));
        writer.Write("data: "u8);
        writer.Write(data);
        writer.Write("\n\n"u8);
        return FlushAsync();
    }

    private void Start()
    {
        if (response.HasStarted)
            return;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }

    private async Task FlushAsync()
    {
        var flush = response.BodyWriter.FlushAsync(cancel);
        var context = response.HttpContext;
        try
        {
            var result = flush.IsCompleted
                ? await flush
                : await flush.AsTask().WaitAsync(context.RequestServices.GetRequiredService<ServerSettings>().SlowClientTimeout, cancel);
            if (!result.IsCompleted)
                return;
        }
        catch (TimeoutException)
        {
            // The client does not read.
            context.Abort();
        }
        throw new ApiException(ApiException.ClientClosedRequest, "the client has left, or does not read", code: "canceled");
    }
}
