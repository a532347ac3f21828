using Litre.Core;
using Litre.Model.Hub;
using Shared;

namespace Litre.Model.Tests.Hub;

public sealed class ModelDownloadTests : IDisposable
{
    private const string Model = "Qwen/Small-VL";

    private static readonly byte[] Config = """{"model_type": "qwen3_vl"}"""u8.ToArray();
    private static readonly byte[] First = Bytes(300_000, 1);
    private static readonly byte[] Second = Bytes(200_000, 2);

    private readonly HubServer _hub = new HubServer()
        .Add(Model, "config.json", Config)
        .Add(Model, "model-00001-of-00002.safetensors", First)
        .Add(Model, "model-00002-of-00002.safetensors", Second)
        .Add(Model, "empty.txt", [])
        .Add(Model, "pytorch_model.bin", Bytes(100, 3))
        .Add(Model, ".gitattributes", "x"u8.ToArray());

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new();

    private string Output => _folder.File("models/small");

    public void Dispose()
    {
        _client.Dispose();
        _hub.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Run_WholeModel_IsWhatTheHubHas()
    {
        var progress = new List<long>();
        var result = await Run(s => s with { Progress = (done, _) => progress.Add(done) });
        Assert.Equal((ModelDownloadState.Fetched, HubServer.Commit), (result.State, result.Revision));
        Assert.Equal(First, File.ReadAllBytes(Path.Combine(Output, "model-00001-of-00002.safetensors")));
        Assert.Equal(Second, File.ReadAllBytes(Path.Combine(Output, "model-00002-of-00002.safetensors")));
        Assert.Equal(
            ["config.json", "empty.txt", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
            Directory.GetFiles(Output).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
        Assert.Equal([".gitattributes", "pytorch_model.bin"], result.Omitted.Select(f => f.Path));
        Assert.Equal(First.Length + Second.Length + Config.Length, progress[^1]);
        Assert.Equal([Output], Directory.GetFileSystemEntries(Path.GetDirectoryName(Output)!));

        Assert.Equal(ModelDownloadState.AlreadyThere, (await Run()).State);
        File.WriteAllText(Path.Combine(Output, "config.json"), "{}");
        Assert.Contains("its config.json differs from that of Qwen/Small-VL", await Refusal());
    }

    [Fact]
    public async Task Run_ConnectionsThatBreak_ContinueWhereTheyStopped()
    {
        foreach (var cut in (int[])[100_000, 5_000, 70_000])
            _hub.Cuts.Enqueue(cut);
        await Run(s => s with { Parallel = 1 });
        Assert.Equal(First, File.ReadAllBytes(Path.Combine(Output, "model-00001-of-00002.safetensors")));
        Assert.Contains(_hub.Requests, r => r.Contains("bytes=1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_StoppedAndStartedAgain_FetchesTheRestAlone()
    {
        using var stop = new CancellationTokenSource();
        var settings = Settings() with
        {
            Parallel = 1,
            Progress = (done, _) =>
            {
                if (done >= First.Length + 50_000)
                    stop.Cancel();
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ModelDownload.RunAsync(settings, stop.Token));
        Assert.False(Directory.Exists(Output));
        _hub.Requests.Clear();
        var notices = new List<string>();
        await Run(s => s with { Notice = notices.Add });
        Assert.DoesNotContain(_hub.Requests, r => r.StartsWith("GET /store/Qwen/Small-VL/model-00001", StringComparison.Ordinal));
        Assert.Equal(Second, File.ReadAllBytes(Path.Combine(Output, "model-00002-of-00002.safetensors")));
        Assert.StartsWith("continuing: 0.00 GiB of", notices[0]);
    }

    [Fact]
    public async Task Run_PartOfAnotherFile_IsFetchedAnew()
    {
        var part = _folder.File("models/.small.download/model-00001-of-00002.safetensors.part");
        Directory.CreateDirectory(Path.GetDirectoryName(part)!);
        File.WriteAllBytes(part, Bytes(1000, 9));
        await Run();
        Assert.Equal(First, File.ReadAllBytes(Path.Combine(Output, "model-00001-of-00002.safetensors")));
    }

    [Theory]
    [InlineData("model-00001-of-00002.safetensors")]
    [InlineData("config.json")]
    public async Task Run_ContentOfAnotherSum_IsRefusedAndNothingAppears(string damaged)
    {
        _hub.Damage = (path, bytes) => path == damaged ? [.. bytes[..^1], (byte)~bytes[^1]] : bytes;
        Assert.Contains($"{damaged}: the downloaded file has", await Refusal());
        Assert.False(Directory.Exists(Output));
        _hub.Damage = (_, bytes) => bytes;
        Assert.Equal(ModelDownloadState.Fetched, (await Run()).State);
    }

    [Fact]
    public async Task Run_MirrorThatListsNamesAlone_IsCheckedByTheFilesHeaders()
    {
        _hub.ListsNamesAlone = true;
        var result = await Run();
        Assert.All(result.Files.Where(f => f.Bytes > 0), f => Assert.NotNull(f.Sum));
        Assert.Equal(First.Length, result.Files.Single(f => f.Path.StartsWith("model-00001", StringComparison.Ordinal)).Bytes);
        Directory.Delete(Output, recursive: true);
        _hub.Damage = (path, bytes) => path.StartsWith("model-00002", StringComparison.Ordinal) ? [.. bytes.Reverse()] : bytes;
        Assert.Contains("model-00002-of-00002.safetensors: the downloaded file has", await Refusal());
    }

    [Fact]
    public async Task Run_Token_GoesToTheHubAndNotToItsStore()
    {
        _hub.Token = "hf_secret";
        Assert.Contains("set HF_TOKEN", await Refusal());
        await Run(s => s with { Source = new HuggingFaceSource(_client, new Uri(_hub.Address + "/"), "hf_secret") });
        Assert.Contains(
            _hub.Requests,
            r => r.Contains("/resolve/", StringComparison.Ordinal) && r.EndsWith("Bearer hf_secret", StringComparison.Ordinal)
        );
        Assert.DoesNotContain(
            _hub.Requests,
            r => r.Contains("/store/", StringComparison.Ordinal) && r.Contains("hf_secret", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Run_LittleRoom_IsSaidBeforeAnythingIsFetched()
    {
        Assert.Contains("nothing was downloaded", await Refusal(s => s with { FreeBytes = _ => 1000 }));
        Assert.DoesNotContain(_hub.Requests, r => r.Contains("/resolve/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("../outside.json")]
    [InlineData("/etc/outside.json")]
    [InlineData("a\\b.json")]
    public async Task Run_ListingThatLeavesTheFolder_IsRefused(string path)
    {
        _hub.Add(Model, path, Config);
        Assert.Contains("outside the model's folder", await Refusal());
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Run_NoSuchModelOrNoSafetensors_SaysWhich()
    {
        Assert.Contains("the model does not exist", await Refusal(s => s with { Model = "Qwen/Nothing" }));
        Assert.Contains("or has no revision v9", await Refusal(s => s with { Revision = "v9" }));
        _hub.Add("a/b", "pytorch_model.bin", [1]);
        Assert.Contains("lists no *.safetensors", await Refusal(s => s with { Model = "a/b" }));
    }

    [Fact]
    public async Task Run_FileInTheHubsCache_IsTakenFromThere()
    {
        var blobs = _folder.File("cache/models--Qwen--Small-VL/blobs");
        Directory.CreateDirectory(blobs);
        File.WriteAllBytes(Path.Combine(blobs, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(First))), First);
        File.WriteAllBytes(Path.Combine(blobs, HubServer.GitSum(Config)), new byte[Config.Length]); // damaged: not taken
        var result = await Run(s => s with { CacheFolder = _folder.File("cache") });
        Assert.Equal(First.Length, result.FromCacheBytes);
        Assert.Equal(Config, File.ReadAllBytes(Path.Combine(Output, "config.json")));
        Assert.DoesNotContain(_hub.Requests, r => r.Contains("/store/Qwen/Small-VL/model-00001", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_ModelScope_FetchesAndChecksAsWell()
    {
        await Run(s => s with { Source = new ModelScopeSource(_client, new Uri(_hub.Address + "/"), null) });
        Assert.Equal(Second, File.ReadAllBytes(Path.Combine(Output, "model-00002-of-00002.safetensors")));
        Assert.Contains(
            _hub.Requests,
            r => r.StartsWith("GET " + "/models/Qwen/Small-VL/resolve/master/config.json", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Run_FolderOfModels_IsCopied()
    {
        await Run();
        var copy = _folder.File("copy");
        var result = await Run(s => s with { Source = new FolderSource(_folder.File("models")), Model = "Qwen/small", Output = copy });
        Assert.Equal(ModelDownloadState.Fetched, result.State);
        Assert.Equal(First, File.ReadAllBytes(Path.Combine(copy, "model-00001-of-00002.safetensors")));
        Assert.Contains(
            "contains none of Qwen/other, other and",
            await Refusal(s =>
                s with
                {
                    Source = new FolderSource(_folder.File("models")),
                    Model = "Qwen/other",
                    Output = _folder.File("c2"),
                }
            )
        );
    }

    [Fact]
    public async Task Run_AnswerThatIsNotAHub_NamesTheAddress()
    {
        var elsewhere = new HuggingFaceSource(_client, new Uri(_hub.Address + "/store/x/"), null)
        {
            RetryDelay = TimeSpan.FromMilliseconds(1),
        };
        Assert.Contains("responds with 500", await Refusal(s => s with { Source = elsewhere }));
    }

    private Task<ModelDownloadResult> Run(Func<ModelDownloadSettings, ModelDownloadSettings>? change = null) =>
        ModelDownload.RunAsync(change is null ? Settings() : change(Settings()), TestContext.Current.CancellationToken);

    private async Task<string> Refusal(Func<ModelDownloadSettings, ModelDownloadSettings>? change = null)
    {
        var e = await Assert.ThrowsAsync<InputException>(() => Run(change));
        Assert.DoesNotContain('\n', e.Message);
        return e.Message;
    }

    private ModelDownloadSettings Settings() =>
        new()
        {
            Source = new HuggingFaceSource(_client, new Uri(_hub.Address + "/"), null) { RetryDelay = TimeSpan.FromMilliseconds(1) },
            Model = Model,
            Output = Output,
        };

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
