using System.Text;
using Litre.Core;
using Litre.Server.Security;
using Litre.Server.Settings;

namespace Litre.Server.Tests.Security;

/// <summary>Who reaches the server: keys, names, web pages.</summary>
public sealed class AccessTests
{
    [Fact]
    public async Task Request_NoKeyExists_NeedsNone()
    {
        await using var server = await ServerFixture.StartAsync();
        await ServerFixture.ReadAsync(await server.AskAsync("Hello"));
        await ServerFixture.ReadAsync(await server.AskAsync("Hello", key: "EMPTY"));
    }

    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/v1//models")]
    [InlineData("//v1/models")]
    [InlineData("/V1/models")]
    [InlineData("/v1/models/nano")]
    [InlineData("/metrics")]
    [InlineData("//metrics")]
    public async Task Get_KeyExistsAndNoneIsSent_IsUnauthorized(string path)
    {
        await using var server = await ServerFixture.StartAsync();
        var secret = server.Keys.Create("alice", admin: false).Secret;
        var address = new Uri(server.Address.ToString().TrimEnd('/') + path);
        using var refused = await server.Client.GetAsync(address, ServerFixture.Cancel);
        Assert.Equal("authentication_error", (await ServerFixture.ErrorAsync(refused, HttpStatusCode.Unauthorized)).Type);
        Assert.Equal("Bearer", refused.Headers.WwwAuthenticate.Single().Scheme);
        foreach (var (name, value) in new[] { ("Authorization", $"Bearer {secret}"), ("x-api-key", secret) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Add(name, value);
            using var accepted = await server.Client.SendAsync(request, ServerFixture.Cancel);
            Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        }
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/messages")]
    [InlineData("/v1/messages/count_tokens")]
    [InlineData("/v1/load_lora_adapter")]
    [InlineData("/v1/unload_lora_adapter")]
    public async Task Post_WrongKey_IsUnauthorizedBeforeTheBodyIsRead(string path)
    {
        await using var server = await ServerFixture.StartAsync();
        server.Keys.Create("alice", admin: false);
        using var response = await server.PostAsync(path, "this is not JSON", "sk-litre-wrong");
        await ServerFixture.ReadAsync(response, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Request_KeyIsRevoked_IsUnauthorizedEvenIfItWasTheLast()
    {
        await using var server = await ServerFixture.StartAsync();
        var secret = server.Keys.Create("alice", admin: false).Secret;
        await ServerFixture.ReadAsync(await server.AskAsync("Hello", key: secret));
        server.Keys.Revoke("alice");
        await ServerFixture.ErrorAsync(await server.AskAsync("Hello", key: secret), HttpStatusCode.Unauthorized);
        await ServerFixture.ErrorAsync(await server.AskAsync("Hello"), HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Request_TwoKeys_HaveScopesOfTheirOwn()
    {
        await using var server = await ServerFixture.StartAsync();
        var (alice, bob) = (server.Keys.Create("alice", admin: false), server.Keys.Create("bob", admin: false));
        await ServerFixture.ReadAsync(await server.AskAsync("Hello", key: alice.Secret));
        var first = server.Engine.Last!.Scope;
        await ServerFixture.ReadAsync(await server.AskAsync("Hello", key: bob.Secret));
        Assert.Equal((alice.Key.Id, bob.Key.Id), (first, server.Engine.Last.Scope));
    }

    [Theory]
    [InlineData("evil.example", false)]
    [InlineData("evil.example:80", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST:1234", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("[::1]:80", true)]
    [InlineData("drawings.company.example", true)]
    public async Task Request_HostHeader_MustNameThisMachine(string host, bool isAllowed)
    {
        await using var server = await ServerFixture.StartAsync(s => s with { AllowedHosts = ["drawings.company.example"] });
        foreach (var path in new[] { "/health", "/v1/models", "/metrics", "/openapi.json" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host;
            using var response = await server.Client.SendAsync(request, ServerFixture.Cancel);
            Assert.Equal(isAllowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
        }
    }

    [Theory]
    [InlineData("https://evil.example", false)]
    [InlineData("null", false)]
    [InlineData("http://localhost:3001", false)]
    [InlineData("http://localhost:3000.evil.example", false)]
    [InlineData("http://localhost:3000", true)]
    public async Task Request_OriginOfAWebPage_MustBeAllowed(string origin, bool isAllowed)
    {
        await using var server = await ServerFixture.StartAsync(s => s with { AllowedOrigins = ["http://localhost:3000"] });
        using var response = await server.PostAsync("/v1/chat/completions", ServerFixture.Question("Hello"), null, ("Origin", origin));
        Assert.Equal(isAllowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
        response.Headers.TryGetValues("Access-Control-Allow-Origin", out var granted);
        Assert.Equal(isAllowed ? origin : null, granted?.Single());
        Assert.Equal(isAllowed ? 1 : 0, server.Audited.Count);
    }

    [Theory]
    [InlineData("https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("http://localhost:3000", HttpStatusCode.NoContent)]
    public async Task Preflight_OriginOfAWebPage_IsAnsweredOnlyIfAllowed(string origin, HttpStatusCode status)
    {
        await using var server = await ServerFixture.StartAsync(s => s with { AllowedOrigins = ["http://localhost:3000"] });
        server.Keys.Create("alice", admin: false);
        using var request = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");
        using var response = await server.Client.SendAsync(request, ServerFixture.Cancel);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(status == HttpStatusCode.NoContent, response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data")]
    [InlineData(null)]
    public async Task Post_OtherContentType_IsRefused(string? type)
    {
        await using var server = await ServerFixture.StartAsync();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(ServerFixture.Question("Hello")));
        if (type is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var response = await server.Client.PostAsync("/v1/chat/completions", content, ServerFixture.Cancel);
        await ServerFixture.ErrorAsync(response, HttpStatusCode.UnsupportedMediaType);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("192.168.1.20")]
    [InlineData("::")]
    public async Task Start_AddressOfTheNetworkWithoutAKey_IsRefused(string address)
    {
        await using var server = await ServerFixture.StartAsync();
        var settings = new ServerSettings { Address = IPAddress.Parse(address) };
        var refusal = Assert.Throws<InputException>(() => StartRules.Check(settings, server.Keys));
        Assert.Equal("host", refusal.Setting);
        Assert.Contains("`certificate`", refusal.Message, StringComparison.Ordinal);
        server.Keys.Create("alice", admin: false);
        StartRules.Check(settings, server.Keys);
        Assert.Contains(StartRules.Warnings(settings, server.Keys), w => w.Contains("not encrypted", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.2")]
    [InlineData("::1")]
    public async Task Start_Loopback_NeedsNoKey(string address)
    {
        await using var server = await ServerFixture.StartAsync();
        StartRules.Check(new ServerSettings { Address = IPAddress.Parse(address) }, server.Keys);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("localhost")]
    [InlineData("http://localhost:3000/path")]
    [InlineData("http://*.example")]
    public async Task Start_OriginThatIsNotOne_IsRefused(string origin)
    {
        await using var server = await ServerFixture.StartAsync();
        Assert.Equal(
            "allow-origin",
            Assert.Throws<InputException>(() => StartRules.Check(new ServerSettings { AllowedOrigins = [origin] }, server.Keys)).Setting
        );
    }

    [Fact]
    public async Task Request_KeyWasRequiredAtTheAddress_IsUnauthorizedWithoutAnyKey()
    {
        // Bound to all addresses, reached through the loopback one.
        await using var server = await ServerFixture.StartAsync(s => s with { Address = IPAddress.Any });
        var local = new UriBuilder(server.Address) { Host = "127.0.0.1", Path = "/v1/models" }.Uri;
        using var response = await server.Client.GetAsync(local, ServerFixture.Cancel);
        await ServerFixture.ErrorAsync(response, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Request_KeyFileIsOpenToOthers_IsRefusedWithoutDetails()
    {
        await using var server = await ServerFixture.StartAsync();
        var secret = server.Keys.Create("alice", admin: false).Secret;
        var file = Path.Combine(server.Keys.Folder, "keys.json");
        using (var chmod = System.Diagnostics.Process.Start("chmod", ["604", file]))
            await chmod.WaitForExitAsync(ServerFixture.Cancel);
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddSeconds(-30));
        var error = await ServerFixture.ErrorAsync(await server.AskAsync("Hello", key: secret), HttpStatusCode.ServiceUnavailable);
        Assert.DoesNotContain(server.Keys.Folder, error.Message, StringComparison.Ordinal);
        Assert.Contains(file, server.Log.Text, StringComparison.Ordinal);
    }
}
