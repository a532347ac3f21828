using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Lora;
using Shared;

namespace Litre.Model.Tests.Lora;

public sealed class AdapterFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _said = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_AdapterItself_IsTakenSilently()
    {
        var adapter = Add("adapter", AdapterConfig.FileName);
        Assert.Equal(adapter, AdapterFolder.Find(adapter, _said.Add));
        Assert.Equal(adapter, AdapterFolder.Find(Path.Combine(adapter, AdapterConfig.FileName), _said.Add));
        Assert.Empty(_said);
    }

    [Fact]
    public void Find_Run_MeansItsBestElseItsNewestCheckpoint()
    {
        Add("run", "recipe.yaml");
        Add("run/checkpoint-9", AdapterConfig.FileName);
        var newest = Add("run/checkpoint-10", AdapterConfig.FileName);
        Add("run/checkpoint-x", AdapterConfig.FileName);
        var run = _folder.File("run");
        Assert.Equal(newest, AdapterFolder.Find(run, _said.Add));
        Assert.Equal([$"`adapter {run}` is a run folder without a best adapter yet; its newest checkpoint is used: {newest}"], _said);
        var best = Add("run/best", AdapterConfig.FileName);
        Assert.Equal(best, AdapterFolder.Find(run, _said.Add));
        Assert.Equal($"`adapter {run}` is a run folder; its best adapter is used: {best}", _said[^1]);
    }

    [Theory]
    [InlineData("none", "none", "no such folder")]
    [InlineData("empty/file.txt", "empty", "is not a run folder")]
    [InlineData("begun/recipe.yaml", "begun", "without a checkpoint so far")]
    [InlineData("full/best/config.json", "full", "use it as `model ")]
    [InlineData("base/config.json", "base", "use it as `model ")]
    public void Find_NoAdapter_SaysWhatItIsInstead(string file, string given, string words)
    {
        if (file != given)
            Add(Path.GetDirectoryName(file)!, Path.GetFileName(file));
        var e = Assert.Throws<InputException>(() => AdapterFolder.Find(_folder.File(given)));
        Assert.StartsWith($"`adapter {_folder.File(given)}`: ", e.Message);
        Assert.Contains(words, e.Message);
    }

    private string Add(string folder, string file)
    {
        var path = _folder.File(folder);
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, file), "{}");
        return path;
    }
}
