using System.Text.Json.Nodes;
using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Torch;
using Shared;

namespace Litre.Model.Tests.Config;

public sealed class ModelConfigTests : IDisposable
{
    private readonly TemporaryFolder _folder = new TemporaryFolder();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Qwen3-VL-2B-Instruct", 2048, 28, 16, 8, 6144, 0, true, 24)]
    [InlineData("Qwen3-VL-4B-Instruct", 2560, 36, 32, 8, 9728, 0, true, 24)]
    [InlineData("Qwen3-VL-8B-Instruct", 4096, 36, 32, 8, 12288, 0, false, 27)]
    [InlineData("Qwen3-VL-32B-Instruct", 5120, 64, 64, 8, 25600, 0, false, 27)]
    [InlineData("Qwen3-VL-30B-A3B-Instruct", 2048, 48, 32, 4, 6144, 128, false, 27)]
    [InlineData("Qwen3-VL-235B-A22B-Instruct", 4096, 94, 64, 4, 12288, 128, false, 27)]
    public void Load_PublishedConfiguration_GivesItsSizes(
        string name,
        int hidden,
        int layers,
        int heads,
        int kvHeads,
        int intermediate,
        int experts,
        bool tied,
        int depth
    )
    {
        var config = ModelConfigs.Load(Repository.Config(name));

        Assert.Equal(hidden, config.Text.HiddenSize);
        Assert.Equal(layers, config.Text.Layers);
        Assert.Equal(heads, config.Text.Heads);
        Assert.Equal(kvHeads, config.Text.KvHeads);
        Assert.Equal(128, config.Text.HeadDim);
        Assert.Equal(intermediate, config.Text.IntermediateSize);
        Assert.Equal(experts, config.Text.Experts);
        Assert.Equal(experts > 0, config.IsMoe);
        Assert.Equal(tied, config.TieWordEmbeddings);
        Assert.Equal(depth, config.Vision!.Depth);
        Assert.Equal(1e-6, config.Text.RmsNormEps);
        Assert.Equal(5e6, config.Text.RopeTheta);
        Assert.Equal([24, 20, 20], config.Text.MropeSection);
        Assert.Equal(151936, config.Text.Vocab);
        Assert.Equal(262144, config.Text.MaxPositionEmbeddings);
        Assert.Equal(DType.BFloat16, config.DType);
        Assert.Equal(
            (151655, 151656, 151652, 151653),
            (config.Visual!.Image, config.Visual!.Video, config.Visual!.Start, config.Visual!.End)
        );
        Assert.Equal([151645], config.EosTokenIds);
        Assert.Equal(48, config.Vision!.PositionGridSide);
        Assert.Equal(1536, config.Vision!.PatchValues);
        Assert.Equal(hidden, config.Vision!.OutHiddenSize);
        Assert.Equal(File.ReadAllText(Repository.Config(name)), config.RawJson);
    }

    [Fact]
    public void Load_BothSpellings_GiveTheSame()
    {
        var five = ModelConfigs.Load(Repository.Reference("moe", "model"));
        var hub = ModelConfigs.Load(Repository.Reference("moe", "model_hub_layout"));

        Assert.Equal(five.ToJson(), hub.ToJson());
        Assert.Equal(8, hub.Text.Experts);
        Assert.Equal(2, hub.Text.ExpertsPerToken);
        Assert.Equal(32, hub.Text.MoeIntermediateSize);
        Assert.Equal([4, 2, 2], five.Text.MropeSection);
        Assert.Equal(DType.Float32, five.DType);
    }

    [Theory]
    [InlineData("Qwen3-VL-2B-Instruct")]
    [InlineData("Qwen3-VL-30B-A3B-Instruct")]
    public void ToJson_ReadBack_IsTheSame(string name)
    {
        var config = ModelConfigs.Load(Repository.Config(name));
        var path = _folder.File("config.json");
        File.WriteAllText(path, config.ToJson());

        var again = ModelConfigs.Load(_folder.Path);

        Assert.Equal(config.ToJson(), again.ToJson());
        Assert.Equal(
            config.Text with
            {
                MropeSection = [],
                MlpOnlyLayers = [],
            },
            again.Text with
            {
                MropeSection = [],
                MlpOnlyLayers = [],
            },
            (a, b) => a!.ToString() == b!.ToString()
        );
        // Every field of the published file that ToJson also writes has the published value.
        AssertAgree(JsonNode.Parse(config.RawJson!)!.AsObject(), JsonNode.Parse(config.ToJson())!.AsObject());
    }

    [Fact]
    public void HasExperts_SparseStepAndDenseLayers_FollowTransformers()
    {
        var text = ModelConfigs.Load(Repository.Config("Qwen3-VL-30B-A3B-Instruct")).Text;
        Assert.All(Enumerable.Range(0, 48), layer => Assert.True(text.HasExperts(layer)));

        var mixed = text with { DecoderSparseStep = 2, MlpOnlyLayers = [3] };
        Assert.Equal([1, 5, 7], Enumerable.Range(0, 8).Where(mixed.HasExperts));
        Assert.DoesNotContain(
            true,
            Enumerable.Range(0, 28).Select(ModelConfigs.Load(Repository.Config("Qwen3-VL-2B-Instruct")).Text.HasExperts)
        );
    }

    [Theory]
    [InlineData("""{"eos_token_id":[5,7],"pad_token_id":9}""", new[] { 5, 7 }, 9)]
    [InlineData("""{"eos_token_id":5}""", new[] { 5 }, null)]
    [InlineData("""{}""", new[] { 151645 }, null)]
    public void Load_GenerationConfigBeside_DecidesTheEnds(string generation, int[] eos, int? pad)
    {
        File.Copy(Repository.Config("Qwen3-VL-2B-Instruct"), _folder.File("config.json"));
        File.WriteAllText(_folder.File("generation_config.json"), generation);

        var config = ModelConfigs.Load(_folder.Path);

        Assert.Equal(eos, config.EosTokenIds);
        Assert.Equal(pad, config.PadTokenId);
    }

    [Fact]
    public void Load_TieOnlyInTextConfig_IsTaken()
    {
        var json = Published("Qwen3-VL-2B-Instruct");
        json.Remove("tie_word_embeddings");
        Assert.True(LoadEdited(json).TieWordEmbeddings);
        json["text_config"]!.AsObject().Remove("tie_word_embeddings");
        Assert.False(LoadEdited(json).TieWordEmbeddings);
    }

    [Theory]
    [InlineData(
        "model_type",
        "\"qwen2_5_vl\"",
        "model_type is qwen2_5_vl, which is not supported; use a model of type qwen3_vl, qwen3_vl_moe"
    )]
    [InlineData("model_type", null, "model_type is missing")]
    [InlineData("text_config", null, "text_config is missing")]
    [InlineData("text_config", "[]", "text_config is [], expected an object")]
    [InlineData(
        "quantization_config",
        """{"quant_method":"fp8"}""",
        "quantization_config is set, so the weights are quantized, which is not supported; use the BF16 checkpoint"
    )]
    [InlineData("image_token_id", "151936", "image_token_id is 151936, expected a token from 0 to 151935")]
    [InlineData("dtype", "\"float8_e4m3fn\"", "dtype is float8_e4m3fn, which is not supported; expected bfloat16")]
    [InlineData("text_config.norm_topk_prob", "false", "text_config.norm_topk_prob is false")]
    [InlineData("text_config.hidden_act", "\"gelu\"", "text_config.hidden_act is gelu, which is not supported; expected silu")]
    [InlineData("text_config.attention_bias", "true", "text_config.attention_bias is true")]
    [InlineData("text_config.attention_dropout", "0.1", "text_config.attention_dropout is 0.1, which is not supported; set it to 0")]
    [InlineData("text_config.quantization_config", "{}", "text_config.quantization_config is set")]
    [InlineData("text_config.sliding_window", "4096", "text_config.sliding_window enables sliding window attention")]
    [InlineData("text_config.use_sliding_window", "true", "text_config.use_sliding_window enables sliding window attention")]
    [InlineData(
        "text_config.layer_types",
        """["full_attention","sliding_attention"]""",
        "text_config.layer_types contains sliding_attention"
    )]
    [InlineData("text_config.layer_types", """["full_attention"]""", "text_config.layer_types has length 1, but num_hidden_layers is 48")]
    [InlineData(
        "text_config.rope_parameters",
        """{"rope_theta":10000}""",
        "text_config.rope_theta is 5000000, but another rope_theta is 10000"
    )]
    [InlineData("text_config.rope_scaling.rope_theta", "10000", "text_config.rope_scaling.rope_theta is 10000, but another rope_theta is")]
    [InlineData("text_config.hidden_size", null, "text_config.hidden_size is missing")]
    [InlineData("text_config.hidden_size", "0", "text_config.hidden_size is 0, expected a number above 0")]
    [InlineData("text_config.hidden_size", "2048.5", "text_config.hidden_size is 2048.5, expected a whole number")]
    [InlineData("text_config.num_hidden_layers", "-1", "text_config.num_hidden_layers is -1, expected a number above 0")]
    [InlineData(
        "text_config.num_key_value_heads",
        "5",
        "text_config.num_attention_heads is 32, expected a multiple of num_key_value_heads, 5"
    )]
    [InlineData("text_config.head_dim", "127", "text_config.head_dim is 127, expected an even number")]
    [InlineData("text_config.rope_theta", null, "text_config.rope_theta is missing")]
    [InlineData("text_config.rope_theta", "-5", "text_config.rope_theta is -5, expected a number above 0")]
    [InlineData(
        "text_config.rope_scaling.mrope_section",
        "[24,20,16]",
        "text_config.rope_scaling.mrope_section is [24, 20, 16], expected three numbers that sum to half of head_dim, 64"
    )]
    [InlineData("text_config.rope_scaling.mrope_section", "[84,-40,20]", "text_config.rope_scaling.mrope_section is [84, -40, 20]")]
    [InlineData(
        "text_config.rope_scaling.rope_type",
        "\"yarn\"",
        "text_config.rope_scaling.rope_type is yarn, which is not supported; expected default or mrope"
    )]
    [InlineData("text_config.rope_scaling.mrope_interleaved", "false", "text_config.rope_scaling.mrope_interleaved is false")]
    [InlineData("text_config.num_experts", null, "text_config.num_experts is missing")]
    [InlineData("text_config.num_local_experts", "64", "text_config.num_experts is 128, but num_local_experts is 64")]
    [InlineData("text_config.num_experts_per_tok", "129", "text_config.num_experts_per_tok is 129, expected at most num_experts, 128")]
    [InlineData("text_config.mlp_only_layers", "[48]", "text_config.mlp_only_layers contains 48, expected layers from 0 to 47")]
    [InlineData("text_config.decoder_sparse_step", "0", "text_config.decoder_sparse_step is 0, expected a number above 0")]
    [InlineData("vision_config.depth", null, "vision_config.depth is missing")]
    [InlineData(
        "vision_config.hidden_act",
        "\"silu\"",
        "vision_config.hidden_act is silu, which is not supported; expected gelu_pytorch_tanh"
    )]
    [InlineData("vision_config.out_hidden_size", "4096", "vision_config.out_hidden_size is 4096, expected text_config.hidden_size, 2048")]
    [InlineData("vision_config.num_position_embeddings", "2305", "vision_config.num_position_embeddings is 2305, expected a square number")]
    [InlineData(
        "vision_config.deepstack_visual_indexes",
        "[8,16,27]",
        "vision_config.deepstack_visual_indexes contains 27, expected blocks from 0 to 26"
    )]
    [InlineData(
        "vision_config.deepstack_visual_indexes",
        "[8,8,16]",
        "vision_config.deepstack_visual_indexes is [8, 8, 16], expected increasing numbers"
    )]
    [InlineData("vision_config.num_heads", "7", "vision_config.hidden_size is 1152, expected num_heads, 7, times a multiple of 4")]
    [InlineData(
        "vision_config.rope_parameters",
        """{"rope_theta":500.0}""",
        "vision_config.rope_parameters.rope_theta is 500, which is not supported; expected 10000"
    )]
    public void Load_UnusableField_NamesFileAndField(string field, string? value, string expected)
    {
        var json = Published("Qwen3-VL-30B-A3B-Instruct");
        var parts = field.Split('.');
        var target = parts[..^1].Aggregate((JsonNode)json, (node, part) => node[part]!).AsObject();
        if (value is null)
            target.Remove(parts[^1]);
        else
            target[parts[^1]] = JsonNode.Parse(value);

        var message = Assert.Throws<InputException>(() => LoadEdited(json)).Message;

        Assert.StartsWith(_folder.File("config.json") + ": ", message);
        Assert.Contains(expected, message);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("text_config.use_sliding_window", "false")]
    [InlineData("text_config.attention_dropout", "0")]
    [InlineData("text_config.rope_scaling", "null")]
    [InlineData("text_config.norm_topk_prob", "null")]
    [InlineData("text_config.sliding_window", "null")]
    public void Load_NeutralField_IsAccepted(string field, string value)
    {
        var json = Published("Qwen3-VL-30B-A3B-Instruct");
        var parts = field.Split('.');
        json[parts[0]]![parts[1]] = JsonNode.Parse(value);
        Assert.Equal([24, 20, 20], LoadEdited(json).Text.MropeSection);
    }

    [Fact]
    public void Load_NoConfigOrBadJson_NamesThePlace()
    {
        Assert.Contains("has no config.json", Assert.Throws<InputException>(() => ModelConfigs.Load(_folder.Path)).Message);
        Assert.Contains("no such file", Assert.Throws<InputException>(() => ModelConfigs.Load(_folder.File("none.json"))).Message);
        File.WriteAllText(_folder.File("config.json"), "{\n\"a\": ,\n}");
        Assert.Contains(
            "config.json: line 2: not valid JSON",
            Assert.Throws<InputException>(() => ModelConfigs.Load(_folder.Path)).Message
        );
    }

    private static JsonObject Published(string name) => JsonNode.Parse(File.ReadAllText(Repository.Config(name)))!.AsObject();

    private ModelConfig LoadEdited(JsonObject json)
    {
        File.WriteAllText(_folder.File("config.json"), json.ToJsonString());
        return ModelConfigs.Load(_folder.Path);
    }

    private static void AssertAgree(JsonObject published, JsonObject written)
    {
        foreach (var (name, value) in published)
        {
            if (name == "transformers_version" || !written.TryGetPropertyValue(name, out var own))
                continue;
            if (value is JsonObject inner)
                AssertAgree(inner, own!.AsObject());
            else
                Assert.True(JsonNode.DeepEquals(value, own), $"{name}: {own} instead of {value}");
        }
    }
}
