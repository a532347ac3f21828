using System.Text.Json;

namespace Litre.Server.Tests.Adapters;

/// <summary>Adapters that clients load and unload.</summary>
public sealed class AdapterTests
{
    private static string Load(string name, string path, string more = "") =>
        $"{{\"lora_name\": {JsonSerializer.Serialize(name)}, \"lora_path\": {JsonSerializer.Serialize(path)}{more}}}";

    [Theory]
    [InlineData("/v1/load_lora_adapter")]
    [InlineData("/v1/unload_lora_adapter")]
    public async Task Change_WithoutAnAdminKey_IsRefused(string path)
    {
        await using var server = await ServerFixture.StartAsync();
        var body = Load("drawings", "x");
        // No key exists, so that everything else needs none.
        await ServerFixture.ErrorAsync(await server.PostAsync(path, body), HttpStatusCode.Unauthorized);
        var user = server.Keys.Create("user", admin: false).Secret;
        Assert.Equal(
            "admin_key_required",
            (await ServerFixture.ErrorAsync(await server.PostAsync(path, body, user), HttpStatusCode.Forbidden)).Code
        );
        Assert.Equal(["drawings"], server.Engine.Adapters.Select(a => a.Name));
    }

    [Fact]
    public async Task Load_FolderBelowTheRoot_CanBeAskedAndUnloaded()
    {
        await using var fixture = await AdminFixture.StartAsync();
        var server = fixture.Server;
        using var loaded = await server.PostAsync("/v1/load_lora_adapter", Load("shafts", "shafts"), fixture.Secret);
        Assert.Equal(HttpStatusCode.OK, loaded.StatusCode);
        Assert.Equal(Path.Combine(fixture.Root, "shafts"), server.Engine.Adapters[^1].Path);
        await ServerFixture.ReadAsync(await server.AskAsync("Hello", "\"model\": \"shafts\"", fixture.Secret));
        var again = await server.PostAsync("/v1/load_lora_adapter", Load("shafts", "shafts"), fixture.Secret);
        Assert.Equal("adapter_exists", (await ServerFixture.ErrorAsync(again, HttpStatusCode.BadRequest)).Code);
        using var replaced = await server.PostAsync(
            "/v1/load_lora_adapter",
            Load("shafts", Path.Combine(fixture.Root, "shafts"), ", \"load_inplace\": true"),
            fixture.Secret
        );
        Assert.Equal(HttpStatusCode.OK, replaced.StatusCode);
        using var gone = await server.PostAsync("/v1/unload_lora_adapter", "{\"lora_name\": \"shafts\"}", fixture.Secret);
        Assert.Equal(HttpStatusCode.OK, gone.StatusCode);
        await ServerFixture.ErrorAsync(await server.AskAsync("Hello", "\"model\": \"shafts\"", fixture.Secret), HttpStatusCode.NotFound);
        await ServerFixture.ErrorAsync(
            await server.PostAsync("/v1/unload_lora_adapter", "{\"lora_name\": \"shafts\"}", fixture.Secret),
            HttpStatusCode.NotFound
        );
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("../outside")]
    [InlineData("shafts/../../outside")]
    [InlineData("/etc")]
    [InlineData("link-out")]
    [InlineData("link-out/sub")]
    [InlineData("missing")]
    [InlineData("with-link")]
    [InlineData("\0")]
    public async Task Load_PathOutsideTheRoot_IsRefusedLikeOneThatDoesNotExist(string path)
    {
        await using var fixture = await AdminFixture.StartAsync();
        var error = await ServerFixture.ErrorAsync(
            await fixture.Server.PostAsync("/v1/load_lora_adapter", Load("other", path), fixture.Secret),
            HttpStatusCode.BadRequest
        );
        Assert.Equal(("lora_path", "lora_path: there is no such folder below the server's `adapter-root`"), (error.Param, error.Message));
    }

    [Fact]
    public async Task Load_LinkThatStaysBelowTheRoot_IsFollowed()
    {
        await using var fixture = await AdminFixture.StartAsync();
        using var loaded = await fixture.Server.PostAsync("/v1/load_lora_adapter", Load("linked", "link-in"), fixture.Secret);
        Assert.Equal(HttpStatusCode.OK, loaded.StatusCode);
        Assert.Equal(Path.Combine(fixture.Root, "shafts"), fixture.Server.Engine.Adapters[^1].Path);
    }

    [Theory]
    [InlineData("nano")]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("a b")]
    [InlineData("-x")]
    [InlineData("x\n")]
    public async Task Load_NameThatCannotBeUsed_IsRefused(string name)
    {
        await using var fixture = await AdminFixture.StartAsync();
        var error = await ServerFixture.ErrorAsync(
            await fixture.Server.PostAsync("/v1/load_lora_adapter", Load(name, "shafts"), fixture.Secret),
            HttpStatusCode.BadRequest
        );
        Assert.Equal("lora_name", error.Param);
    }

    [Fact]
    public async Task Load_NoRoot_IsRefused()
    {
        await using var server = await ServerFixture.StartAsync();
        var secret = server.Keys.Create("admin", admin: true).Secret;
        Assert.Equal(
            "adapter_root_missing",
            (
                await ServerFixture.ErrorAsync(
                    await server.PostAsync("/v1/load_lora_adapter", Load("shafts", "/etc"), secret),
                    HttpStatusCode.Forbidden
                )
            ).Code
        );
    }
}
