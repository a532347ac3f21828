using Litre.Model;
using Litre.Torch;
using Litre.Training.Tuning;
using Shared;

namespace Litre.Training.Tests.Tuning;

public sealed class TrainablePartTests
{
    [Theory]
    [InlineData("vision", "model.visual.")]
    [InlineData("embeddings", "model.language_model.embed_tokens.", "lm_head.")]
    [InlineData(
        "router",
        "model.language_model.layers.0.mlp.gate.",
        "model.language_model.layers.1.mlp.gate.",
        "model.language_model.layers.2.mlp.gate."
    )]
    public void Prepare_Frozen_TrainsAllButThat(string part, params string[] prefixes)
    {
        using var model = new CausalModel(TinyModels.Config(experts: 4), TinyModels.Weights(1));
        TrainablePart.Prepare(model, new TrainableSettings { Full = true, Freeze = [part] }, 42, "");
        var frozen = model.Parameters.Where(p => !p.Trainable).Select(p => p.Key).ToList();
        Assert.NotEmpty(frozen);
        Assert.All(prefixes, prefix => Assert.Contains(frozen, key => key.StartsWith(prefix, StringComparison.Ordinal)));
        Assert.All(
            model.Parameters,
            p => Assert.Equal(!prefixes.Any(prefix => p.Key.StartsWith(prefix, StringComparison.Ordinal)), p.Trainable)
        );
    }

    // Three text layers with experts, three blocks of the tower, deepstack mergers behind two of them.
    [Theory]
    [InlineData("attention", "text attention")]
    [InlineData("mlp", "experts")]
    [InlineData("experts", "experts")]
    [InlineData("vision", "tower")]
    [InlineData("mergers", "mergers")]
    [InlineData("q_proj", "queries")]
    [InlineData("all-linear", "text attention", "tower", "mergers")]
    public void Prepare_Preset_GivesAdaptersToExactlyItsModules(string preset, params string[] groups)
    {
        using var model = new CausalModel(TinyModels.Config(experts: 4), TinyModels.Weights(1, DType.Float32));
        TrainablePart.Prepare(model, new TrainableSettings { Targets = [preset] }, 42, "");
        Assert.Equal(groups.SelectMany(Modules).Order(StringComparer.Ordinal), Adapted(model));
        Assert.All(model.Parameters, p => Assert.False(p.Trainable));
        Assert.All(Assert.Single(model.Adapters).Parameters, p => Assert.True(p.Trainable));
    }

    [Fact]
    public void Prepare_MlpOfDenseLayers_GivesAdaptersToTheThreeProjections()
    {
        using var model = new CausalModel(TinyModels.Config(), TinyModels.Weights(1, DType.Float32));
        TrainablePart.Prepare(model, new TrainableSettings { Targets = ["mlp"] }, 42, "");
        Assert.Equal(
            Each(3, "model.language_model.layers.{0}.mlp.", "gate_proj", "up_proj", "down_proj").Order(StringComparer.Ordinal),
            Adapted(model)
        );
    }

    private static IEnumerable<string> Adapted(CausalModel model) =>
        model.Adapters[0].Updates.Select(u => u.Lora.Module).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Modules(string group) =>
        group switch
        {
            "text attention" => Each(3, "model.language_model.layers.{0}.self_attn.", "q_proj", "k_proj", "v_proj", "o_proj"),
            "queries" => Each(3, "model.language_model.layers.{0}.self_attn.", "q_proj"),
            "experts" => Each(3, "model.language_model.layers.{0}.mlp.experts.", "gate_up_proj", "down_proj"),
            "tower" => Each(3, "model.visual.blocks.{0}.", "attn.qkv", "attn.proj", "mlp.linear_fc1", "mlp.linear_fc2"),
            "mergers" =>
            [
                "model.visual.merger.linear_fc1",
                "model.visual.merger.linear_fc2",
                .. Each(2, "model.visual.deepstack_merger_list.{0}.", "linear_fc1", "linear_fc2"),
            ],
            _ => throw new ArgumentException(group),
        };

    private static IEnumerable<string> Each(int count, string folder, params string[] names) =>
        Enumerable.Range(0, count).SelectMany(i => names.Select(name => folder.Replace("{0}", $"{i}", StringComparison.Ordinal) + name));
}
