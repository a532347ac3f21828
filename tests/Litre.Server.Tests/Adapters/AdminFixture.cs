namespace Litre.Server.Tests.Adapters;

/// <summary>A server with an admin key and an adapter root, in which links lead out, and to another folder in it.</summary>
internal sealed class AdminFixture : IAsyncDisposable
{
    private AdminFixture(ServerFixture server, string root, string secret) => (Server, Root, Secret) = (server, root, secret);

    public ServerFixture Server { get; }

    public string Root { get; }

    public string Secret { get; }

    public static async Task<AdminFixture> StartAsync()
    {
        var (root, secret) = ("", "");
        var server = await ServerFixture.StartAsync(
            s => s with { AdapterRoot = root },
            prepare: fixture =>
            {
                root = fixture.Folder("root");
                secret = fixture.Keys.Create("admin", admin: true).Secret;
                Directory.CreateDirectory(Path.Combine(root, "shafts"));
                Directory.CreateDirectory(Path.Combine(fixture.Folder("outside"), "sub"));
                File.WriteAllText(Path.Combine(fixture.Folder("outside"), "file"), "");
                File.CreateSymbolicLink(Path.Combine(root, "link-out"), fixture.Folder("outside"));
                File.CreateSymbolicLink(Path.Combine(root, "link-in"), "shafts");
                Directory.CreateDirectory(Path.Combine(root, "with-link"));
                File.CreateSymbolicLink(
                    Path.Combine(root, "with-link", "adapter_config.json"),
                    Path.Combine(fixture.Folder("outside"), "file")
                );
            }
        );
        return new AdminFixture(server, root, secret);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
