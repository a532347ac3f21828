using System.Net.Sockets;
using System.Text;
using SkiaSharp;

namespace Litre.Server.Tests.Security;

/// <summary>Limits of what a request may cost.</summary>
public sealed class LimitTests
{
    private static string Image(int width, int height)
    {
        using var bitmap = new SKBitmap(width, height);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return "data:image/png;base64," + Convert.ToBase64String(data.ToArray());
    }

    private static string Images(params string[] urls) =>
        "{\"messages\": [{\"role\": \"user\", \"content\": ["
        + string.Join(", ", urls.Select(u => $"{{\"type\": \"image_url\", \"image_url\": {{\"url\": \"{u}\"}}}}"))
        + ", {\"type\": \"text\", \"text\": \"What?\"}]}]}";

    [Theory]
    [InlineData("http://127.0.0.1:9/a.png")]
    [InlineData("https://example.com/a.png")]
    [InlineData("file:///etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("a.png")]
    [InlineData("ftp://example.com/a.png")]
    [InlineData("data:image/png,abc")]
    [InlineData("")]
    public async Task Image_ThatIsNotInTheRequest_IsRefused(string url)
    {
        await using var server = await ServerFixture.StartAsync();
        using var response = await server.PostAsync("/v1/chat/completions", Images(url));
        var error = await ServerFixture.ErrorAsync(response, HttpStatusCode.BadRequest);
        Assert.Equal("messages[0].content[0].image_url.url", error.Param);
        Assert.Contains("data:image/png;base64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_ByUrl_CausesNoConnection()
    {
        await using var server = await ServerFixture.StartAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/a.png";
        using var response = await server.PostAsync("/v1/chat/completions", Images(url));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task Images_MoreThanTheLimit_AreRefused()
    {
        await using var server = await ServerFixture.StartAsync(s => s with { MaxImages = 2 });
        var image = Image(64, 64);
        await ServerFixture.ReadAsync(await server.PostAsync("/v1/chat/completions", Images(image, image)));
        Assert.Equal(2, server.Engine.Last!.Sample.Images.Count);
        var error = await ServerFixture.ErrorAsync(
            await server.PostAsync("/v1/chat/completions", Images(image, image, image)),
            HttpStatusCode.BadRequest
        );
        Assert.Contains("at most 2 images", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/messages")]
    public async Task Image_MorePixelsThanTheLimit_IsRefused(string path)
    {
        await using var server = await ServerFixture.StartAsync(s => s with { MaxImagePixels = 10_000 });
        string Body(int side) =>
            path == "/v1/messages"
                ? "{\"model\": \"nano\", \"max_tokens\": 9, \"messages\": [{\"role\": \"user\", \"content\": ["
                    + "{\"type\": \"image\", \"source\": "
                    + $"{{\"type\": \"base64\", \"media_type\": \"image/png\", \"data\": \"{Image(side, side).Split(',')[1]}\"}}}}]}}]}}"
                : Images(Image(side, side));
        using var fits = await server.PostAsync(path, Body(100));
        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);
        using var large = await server.PostAsync(path, Body(101));
        Assert.Equal(HttpStatusCode.BadRequest, large.StatusCode);
        Assert.Contains("101x101", await large.Content.ReadAsStringAsync(ServerFixture.Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Image_Damaged_IsRefusedWithItsPlace()
    {
        await using var server = await ServerFixture.StartAsync();
        using var response = await server.PostAsync("/v1/chat/completions", Images("data:image/png;base64,aGVsbG8="));
        var error = await ServerFixture.ErrorAsync(response, HttpStatusCode.BadRequest);
        Assert.Contains("messages[0].content[0].image_url.url", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_LargerThanTheLimit_IsRefused(bool statesItsLength)
    {
        await using var server = await ServerFixture.StartAsync(s => s with { MaxBody = 1000 });
        var bytes = Encoding.UTF8.GetBytes(ServerFixture.Question(new string('x', 2000)));
        using HttpContent content = statesItsLength ? new ByteArrayContent(bytes) : new StreamContent(new Unseekable(bytes));
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = content };
        request.Headers.TransferEncodingChunked = !statesItsLength;
        using var response = await server.Client.SendAsync(request, ServerFixture.Cancel);
        Assert.Equal("body_too_large", (await ServerFixture.ErrorAsync(response, HttpStatusCode.RequestEntityTooLarge)).Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"messages\": }")]
    [InlineData("{} {}")]
    public async Task Body_ThatIsNotAnObject_IsRefused(string body)
    {
        await using var server = await ServerFixture.StartAsync();
        using var response = await server.PostAsync("/v1/chat/completions", body);
        Assert.Equal("invalid_json", (await ServerFixture.ErrorAsync(response, HttpStatusCode.BadRequest)).Code);
    }

    [Fact]
    public async Task Body_DeeperThanTheLimit_IsRefused()
    {
        await using var server = await ServerFixture.StartAsync();
        using var response = await server.PostAsync("/v1/chat/completions", new string('[', 10_000));
        Assert.Equal("invalid_json", (await ServerFixture.ErrorAsync(response, HttpStatusCode.BadRequest)).Code);
    }

    [Fact]
    public async Task Answer_MoreTokensThanTheLimit_EndsThere()
    {
        await using var server = await ServerFixture.StartAsync(s => s with { MaxTokens = 5 });
        var answer = await ServerFixture.ReadAsync(await server.AskAsync("forever", "\"max_tokens\": 1000000"));
        Assert.Equal("length", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(5, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Prompt_MoreTokensThanTheLimit_IsRefused()
    {
        await using var server = await ServerFixture.StartAsync(s => s with { MaxPromptTokens = 30 });
        await ServerFixture.ReadAsync(await server.AskAsync("Hello"));
        var error = await ServerFixture.ErrorAsync(
            await server.AskAsync(string.Join(' ', Enumerable.Range(0, 100))),
            HttpStatusCode.BadRequest
        );
        Assert.Equal(("messages", "context_length_exceeded"), (error.Param, error.Code));
    }

    [Fact]
    public async Task Request_LongerThanTheTimeout_FailsAndFreesTheEngine()
    {
        await using var server = await ServerFixture.StartAsync(s => s with { Timeout = TimeSpan.FromSeconds(0.5), MaxTokens = 1_000_000 });
        var error = await ServerFixture.ErrorAsync(await server.AskAsync("forever"), HttpStatusCode.ServiceUnavailable);
        Assert.Equal("timeout", error.Code);
        Assert.Equal(0, server.Engine.Status.Running);
    }

    [Fact]
    public async Task Stream_LongerThanTheTimeout_EndsWithAnError()
    {
        await using var server = await ServerFixture.StartAsync(s => s with { Timeout = TimeSpan.FromSeconds(0.5), MaxTokens = 1_000_000 });
        using var response = await server.AskAsync("forever", "\"stream\": true");
        var text = await response.Content.ReadAsStringAsync(ServerFixture.Cancel);
        Assert.Contains("\"code\":\"timeout\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.Equal("timeout", server.Audited.Single().GetProperty("end").GetString());
    }

    [Fact]
    public async Task Connection_HeadersThatDoNotEnd_IsClosed()
    {
        await using var server = await ServerFixture.StartAsync(s => s with { HeaderTimeout = TimeSpan.FromSeconds(1) });
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Address.Port, ServerFixture.Cancel);
        await client.GetStream().WriteAsync("GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: "u8.ToArray(), ServerFixture.Cancel);
        Assert.Contains("408", await ReadToEndAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_BodyThatArrivesTooSlowly_IsRefused()
    {
        await using var server = await ServerFixture.StartAsync(s => s with { SlowClientTimeout = TimeSpan.FromSeconds(1.5) });
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Address.Port, ServerFixture.Cancel);
        await client.GetStream().WriteAsync(Request("{", length: 5000), ServerFixture.Cancel);
        Assert.Contains("408", await ReadToEndAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reader_ThatDoesNotRead_IsCutWhileOthersAreAnswered()
    {
        var engine = new FloodEngine();
        await using var server = await ServerFixture.StartAsync(s => s with { SlowClientTimeout = TimeSpan.FromSeconds(1.5) }, engine);
        using var client = new TcpClient { ReceiveBufferSize = 1024 };
        await client.ConnectAsync(IPAddress.Loopback, server.Address.Port, ServerFixture.Cancel);
        var body = ServerFixture.Question("x", "\"stream\": true");
        await client.GetStream().WriteAsync(Request(body, body.Length), ServerFixture.Cancel);
        // The engine has generated all of it, although nobody reads.
        await ServerFixture.UntilAsync(() => engine.Completed == 1, "the engine waits for the reader");
        using var other = await server.Client.GetAsync("/v1/models", ServerFixture.Cancel);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        await ServerFixture.UntilAsync(() => server.Audited.Count == 1, "the connection was not cut");
        Assert.Equal("canceled", server.Audited[0].GetProperty("end").GetString());
    }

    private static byte[] Request(string body, int length) =>
        Encoding.UTF8.GetBytes(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + $"Content-Length: {length}\r\n\r\n{body}"
        );

    private static async Task<string> ReadToEndAsync(TcpClient client)
    {
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync(ServerFixture.Cancel).WaitAsync(TimeSpan.FromSeconds(20), ServerFixture.Cancel);
    }

    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
