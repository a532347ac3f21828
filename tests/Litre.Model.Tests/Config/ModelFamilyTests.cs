using System.Text.Json;
using Litre.Model.Families;
using Shared;

namespace Litre.Model.Tests.Config;

public sealed class ModelFamilyTests
{
    public static TheoryData<string> Names => [.. ModelFamilies.Default.Published.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Find_PublishedSize_EqualsTheHubsConfiguration(string name)
    {
        var hub = ModelConfigs.Load(Path.Combine(Repository.Root, "tests", "configs", name + ".json"));
        var found = ModelFamilies.FindPublished(name)!.Value;
        Assert.Equal(name, found.Name);
        // Sizes by their text, since lists in records compare by reference.
        Assert.Equal(JsonSerializer.Serialize(hub.Text), JsonSerializer.Serialize(found.Config.Text));
        Assert.Equal(JsonSerializer.Serialize(hub.Vision!), JsonSerializer.Serialize(found.Config.Vision!));
        Assert.Equal((hub.ModelType, hub.TieWordEmbeddings), (found.Config.ModelType, found.Config.TieWordEmbeddings));
        Assert.Equal(
            (hub.Visual!.Image, hub.Visual!.Video, hub.Visual!.Start, hub.Visual!.End),
            (found.Config.Visual!.Image, found.Config.Visual!.Video, found.Config.Visual!.Start, found.Config.Visual!.End)
        );
    }

    [Theory]
    [InlineData("Qwen/Qwen3-VL-8B-Instruct", "Qwen3-VL-8B-Instruct")]
    [InlineData("qwen3-vl-30b-a3b", "Qwen3-VL-30B-A3B-Instruct")]
    [InlineData("Qwen3-VL-32B-Thinking", "Qwen3-VL-32B-Instruct")]
    [InlineData("30B", "Qwen3-VL-30B-A3B-Instruct")]
    [InlineData("7B", null)]
    [InlineData("", null)]
    public void Find_ShortNames_AreUnderstood(string name, string? expected) =>
        Assert.Equal(expected, ModelFamilies.FindPublished(name)?.Name);
}
