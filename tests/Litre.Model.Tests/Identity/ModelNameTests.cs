using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Identity;
using Shared;

namespace Litre.Model.Tests.Identity;

public sealed class ModelNameTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Qwen/Qwen3-VL-4B-Instruct", "Qwen3-VL-4B-Instruct")]
    [InlineData("/models/Qwen3-VL-30B-A3B-Thinking/", "Qwen3-VL-30B-A3B-Thinking")]
    [InlineData("qwen/qwen3-vl-2b-instruct", "Qwen3-VL-2B-Instruct")]
    [InlineData("unsloth/Qwen3-VL-8B-Instruct-unsloth-bnb-4bit", "Qwen3-VL-8B-Instruct")]
    [InlineData("Qwen/Qwen3-VL-32B-Instruct-FP8", "Qwen3-VL-32B-Instruct")]
    [InlineData("/c/hub/models--Qwen--Qwen3-VL-2B-Instruct/snapshots/89644892e4d85e24eaac8bacfd4f463576704203", "Qwen3-VL-2B-Instruct")]
    [InlineData("Qwen/Qwen3-VL-4B", null)]
    [InlineData("Qwen/Qwen3-VL-7B-Instruct", null)]
    [InlineData("me/Qwen3-VL-4B-Instruct-drawings", null)]
    [InlineData("Qwen/Qwen2.5-VL-7B-Instruct", null)]
    [InlineData("", null)]
    public void Find_NameOrPath_IsThePublishedModel(string name, string? expected) => Assert.Equal(expected, PublishedName.Find(name));

    [Theory]
    [InlineData("Qwen/Qwen2.5-VL-7B-Instruct", true)]
    [InlineData("meta-llama/Llama-3.2-11B-Vision-Instruct", false)] // not spelled as a family, a size and a variant
    [InlineData("meta-llama/Llama-3.1-8B-Instruct", true)]
    [InlineData("google/gemma-3-4b-it", true)]
    [InlineData("/data/Qwen2-VL-2B", true)]
    [InlineData("qwen3vl-company", false)]
    [InlineData("runs/drawings/best", false)]
    public void IsWellKnown_Names_AreThoseOfFamilies(string name, bool expected) => Assert.Equal(expected, PublishedName.IsWellKnown(name));

    [Theory]
    [InlineData("Qwen3-VL-4B-Instruct", "Qwen3-VL-4B-Instruct", "Qwen3-VL-4B-Instruct")]
    [InlineData("models--Qwen--Qwen3-VL-4B-Instruct/snapshots/0123", "Qwen/Qwen3-VL-4B-Instruct", "Qwen3-VL-4B-Instruct")]
    [InlineData("Qwen3-VL-2B-Instruct", "Qwen3-VL-2B-Instruct", null)] // its sizes are another model's
    [InlineData("drawings", "drawings", null)]
    [InlineData("drawings/merged", "drawings/merged", null)]
    public void Of_FoldersOfA4BModel_AreNamed(string place, string name, string? published)
    {
        var folder = _folder.File(place);
        Directory.CreateDirectory(folder);
        Assert.Equal(new ModelName(name, published), ModelName.Of(folder, Config4B()));
    }

    [Fact]
    public void Of_FolderOfAnyName_IsToldByItsConfigurationOrCard()
    {
        var folder = _folder.File("base");
        Directory.CreateDirectory(folder);
        var config = Config4B();
        File.WriteAllText(Path.Combine(folder, "README.md"), "---\nlicense: apache-2.0\n---\n# Qwen3-VL-4B-Thinking\n\n…");
        Assert.Equal(new ModelName("Qwen3-VL-4B-Thinking", "Qwen3-VL-4B-Thinking"), ModelName.Of(folder, config));
        config = config with { RawJson = """{"_name_or_path": "Qwen/Qwen3-VL-4B-Instruct"}""" };
        Assert.Equal(new ModelName("Qwen/Qwen3-VL-4B-Instruct", "Qwen3-VL-4B-Instruct"), ModelName.Of(folder, config));
    }

    internal static ModelConfig Config4B() => ModelFamilies.FindPublished("Qwen3-VL-4B-Instruct")!.Value.Config;
}
