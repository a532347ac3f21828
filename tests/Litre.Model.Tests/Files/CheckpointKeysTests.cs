using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Files;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Files;

public sealed class CheckpointKeysTests
{
    [Theory]
    [InlineData("dense/model", ExpertLayout.Transformers)]
    [InlineData("dense/merged_trained", ExpertLayout.Transformers)]
    [InlineData("moe/model", ExpertLayout.Transformers)]
    [InlineData("moe/merged_trained", ExpertLayout.Transformers)]
    [InlineData("moe/model_hub_layout", ExpertLayout.Hub)]
    public void Shapes_ReferenceCheckpoint_MatchesKeyForKey(string folder, ExpertLayout expected)
    {
        var path = Repository.Reference(folder.Split('/'));
        var config = ModelConfigs.Load(path);
        using var checkpoint = Checkpoint.Open(path);

        var layout = ExpertLayouts.Decide(path, config, checkpoint.Tensors);

        Assert.Equal(expected, layout);
        checkpoint.CheckAgainst(config.Keys.Shapes(layout), config.Keys.Optional);
    }

    [Theory]
    [InlineData("Qwen3-VL-2B-Instruct", 2_127_532_032)]
    [InlineData("Qwen3-VL-8B-Instruct", 8_767_123_696)]
    [InlineData("Qwen3-VL-30B-A3B-Instruct", 31_070_754_032)]
    public void Shapes_PublishedConfiguration_HasThePublishedNumberOfParameters(string name, long expected)
    {
        var config = ModelConfigs.Load(Repository.Config(name));
        var optional = config.Keys.Optional;
        foreach (var layout in Enum.GetValues<ExpertLayout>())
            Assert.Equal(expected, config.Keys.Shapes(layout).Where(k => !optional.Contains(k.Key)).Sum(k => Shape.Count(k.Value)));
    }

    [Fact]
    public void Shapes_DenseLayersAmongExperts_HaveThePlainMatrices()
    {
        var config = ModelConfigs.Load(Repository.Reference("moe", "model"));
        var keys = (config with { Text = config.Text with { MlpOnlyLayers = [1] } }).Keys.Shapes(ExpertLayout.Hub);

        Assert.Equal([96, 64], keys["model.language_model.layers.1.mlp.gate_proj.weight"]);
        Assert.False(keys.ContainsKey("model.language_model.layers.1.mlp.gate.weight"));
        Assert.True(keys.ContainsKey("model.language_model.layers.2.mlp.gate.weight"));
    }

    [Fact]
    public void Decide_WrongDimensions_NamesKeyAndBothLayouts()
    {
        var config = Small(hidden: 64, inner: 32);
        var tensors = Tensors((64, 65), (64, 32));
        var message = Assert.Throws<InputException>(() => ExpertLayouts.Decide("m", config, tensors)).Message;
        Assert.Contains("gate_up_proj has shape (8, 64, 65), expected (8, 64, 64) (hub) or (8, 64, 64) (transformers 5)", message);
    }

    [Fact]
    public void Decide_TensorsContradict_NamesBoth()
    {
        var tensors = Tensors((48, 64), (24, 64));
        var message = Assert.Throws<InputException>(() => ExpertLayouts.Decide("m", Small(hidden: 64, inner: 24), tensors)).Message;
        Assert.Contains("layers.0.mlp.experts.down_proj has the hub layout", message);
        Assert.Contains("layers.0.mlp.experts.gate_up_proj has the transformers layout", message);
    }

    [Fact]
    public void Decide_OnlySquareTensors_AsksForTheOption()
    {
        var config = Small(hidden: 64, inner: 32);
        var square = Tensors((64, 64), null);
        Assert.Contains("`expert-layout hub`", Assert.Throws<InputException>(() => ExpertLayouts.Decide("m", config, square)).Message);
        Assert.Equal(ExpertLayout.Hub, ExpertLayouts.Decide("m", config, square, ExpertLayout.Hub));
    }

    [Fact]
    public void Decide_OptionAgainstDimensions_Refuses()
    {
        var tensors = Tensors((48, 64), (64, 24));
        var e = Assert.Throws<InputException>(() => ExpertLayouts.Decide("m", Small(64, 24), tensors, ExpertLayout.Hub));
        Assert.Contains(
            "`expert-layout hub`: key model.language_model.layers.0.mlp.experts.gate_up_proj in m has the transformers layout",
            e.Message
        );
    }

    private static ModelConfig Small(int hidden, int inner)
    {
        var config = ModelConfigs.Load(Repository.Reference("moe", "model"));
        return config with { Text = config.Text with { HiddenSize = hidden, MoeIntermediateSize = inner, Layers = 1 } };
    }

    private static Dictionary<string, TensorEntry> Tensors((long Rows, long Columns)? gateUp, (long Rows, long Columns)? down)
    {
        var tensors = new Dictionary<string, TensorEntry>();
        var keys = Small(64, 32).Keys.Text.Layers[0];
        Add(keys.ExpertsGateUp, gateUp);
        Add(keys.ExpertsDown, down);
        return tensors;

        void Add(string key, (long Rows, long Columns)? size)
        {
            if (size is not { } s)
                return;
            tensors[key] = new TensorEntry(key, DType.Float32, [8, s.Rows, s.Columns], "f", 0, 8 * s.Rows * s.Columns * 4);
        }
    }
}
