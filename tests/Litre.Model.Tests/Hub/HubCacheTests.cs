using Litre.Core;
using Litre.Model.Hub;
using Litre.Model.Identity;
using Shared;

namespace Litre.Model.Tests.Hub;

public sealed class HubCacheTests : IDisposable
{
    private const string Commit = "c0ffee";

    private readonly TemporaryFolder _folder = new();

    private string Cached => _folder.File("hub/models--Qwen--Qwen3-VL-4B-Instruct");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Resolve_FolderOfTheCache_GivesItsMainSnapshot()
    {
        Snapshot("older");
        var main = Snapshot(Commit);
        File.WriteAllText(Directory.CreateDirectory(Path.Combine(Cached, "refs")).FullName + "/main", Commit + "\n");
        Assert.Equal(main, HubCache.Resolve(Cached));
        Assert.Equal(main, HubCache.Resolve(Cached + "/"));
        Assert.Equal(main, HubCache.Resolve(Path.Combine(Cached, "snapshots")));
        Assert.Equal(main, HubCache.Resolve(main));
        Assert.Equal("Qwen/Qwen3-VL-4B-Instruct", PublishedName.OfCacheFolder(main));
    }

    [Fact]
    public void Resolve_OneSnapshotWithoutRefs_GivesIt() => Assert.Equal(Snapshot(Commit), HubCache.Resolve(Cached));

    [Fact]
    public void Resolve_SeveralSnapshotsWithoutMain_NamesOne()
    {
        Snapshot("a");
        Snapshot("b");
        var e = Assert.Throws<InputException>(() => HubCache.Resolve(Cached));
        Assert.Contains("contains 2 snapshots", e.Message);
        Assert.Contains("snapshots/a", e.Message);
    }

    [Fact]
    public void Resolve_DownloadThatWasNotFinished_IsRefused()
    {
        var snapshot = Snapshot(Commit);
        File.Delete(Path.Combine(Cached, "blobs", "sum"));
        var e = Assert.Throws<InputException>(() => HubCache.Resolve(Cached));
        Assert.Contains("does not contain config.json", e.Message);
        Assert.Contains("litre model get Qwen/Qwen3-VL-4B-Instruct", e.Message);
        Assert.True(Directory.Exists(snapshot));
        Directory.CreateDirectory(_folder.File("hub/models--a--b/blobs"));
        Assert.Contains(
            "contains no snapshot",
            Assert.Throws<InputException>(() => HubCache.Resolve(_folder.File("hub/models--a--b"))).Message
        );
    }

    [Theory]
    [InlineData("models/Qwen3-VL-4B-Instruct")]
    [InlineData("Qwen3-VL-4B-Instruct")]
    [InlineData("/nowhere/at/all")]
    public void Resolve_AnythingElse_StaysAsItIs(string given) => Assert.Equal(given, HubCache.Resolve(given));

    [Fact]
    public void Environment_HubsOwnVariables_AreObeyed()
    {
        var home = _folder.File("hf");
        Directory.CreateDirectory(home);
        File.WriteAllText(Path.Combine(home, "token"), "hf_saved\n");
        var values = new Dictionary<string, string>
        {
            ["HF_HOME"] = home,
            ["HF_ENDPOINT"] = "hf-mirror.example",
            ["HF_HUB_OFFLINE"] = "1",
        };
        var read = HubEnvironment.Read(values.GetValueOrDefault);
        Assert.Equal(
            ("https://hf-mirror.example/", "hf_saved", Path.Combine(home, "hub"), true),
            (read.Endpoint.ToString(), read.Token, read.CacheFolder, read.IsOffline)
        );
        values["HF_TOKEN"] = "hf_set";
        values["HF_HUB_CACHE"] = "/elsewhere";
        read = HubEnvironment.Read(values.GetValueOrDefault);
        Assert.Equal(("hf_set", "/elsewhere"), (read.Token, read.CacheFolder));
        var none = HubEnvironment.Read(_ => null);
        Assert.EndsWith("/.cache/huggingface/hub", none.CacheFolder);
        Assert.Contains(
            "HF_ENDPOINT=ftp://x",
            Assert.Throws<InputException>(() => HubEnvironment.Read(n => n == "HF_ENDPOINT" ? "ftp://x" : null)).Message
        );
    }

    private string Snapshot(string commit)
    {
        var snapshot = Directory.CreateDirectory(Path.Combine(Cached, "snapshots", commit)).FullName;
        Directory.CreateDirectory(Path.Combine(Cached, "blobs"));
        File.WriteAllText(Path.Combine(Cached, "blobs", "sum"), "{}");
        File.CreateSymbolicLink(Path.Combine(snapshot, "config.json"), "../../blobs/sum");
        return snapshot;
    }
}
