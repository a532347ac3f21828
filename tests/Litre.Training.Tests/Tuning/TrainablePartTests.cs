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
        using var model = new VisionLanguageModel(TinyModels.Config(experts: 4), TinyModels.Weights(1));
        TrainablePart.Prepare(model, new TrainableSettings { Full = true, Freeze = [part] }, 42, "");
        var frozen = model.Parameters.Where(p => !p.Trainable).Select(p => p.Key).ToList();
        Assert.NotEmpty(frozen);
        Assert.All(prefixes, prefix => Assert.Contains(frozen, key => key.StartsWith(prefix, StringComparison.Ordinal)));
        Assert.All(
            model.Parameters,
            p => Assert.Equal(!prefixes.Any(prefix => p.Key.StartsWith(prefix, StringComparison.Ordinal)), p.Trainable)
        );
    }

    [Theory]
    [InlineData("attention", "q_proj", "k_proj", "v_proj", "o_proj")]
    [InlineData("vision", "visual.")]
    public void Prepare_Preset_GivesItsModulesAdapters(string preset, params string[] parts)
    {
        using var model = new VisionLanguageModel(TinyModels.Config(experts: 4), TinyModels.Weights(1, DType.Float32));
        TrainablePart.Prepare(model, new TrainableSettings { Targets = [preset] }, 42, "");
        var modules = model.Adapters.Select(a => a.Module).ToList();
        Assert.NotEmpty(modules);
        Assert.All(modules, module => Assert.Contains(parts, part => module.Contains(part, StringComparison.Ordinal)));
        Assert.All(parts, part => Assert.Contains(modules, module => module.Contains(part, StringComparison.Ordinal)));
        Assert.All(model.Parameters, p => Assert.False(p.Trainable));
    }
}
