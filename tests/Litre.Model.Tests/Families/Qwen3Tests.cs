using System.Text.Json;
using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Files;
using Litre.Model.Identity;
using Litre.Model.Weights;
using Shared;

namespace Litre.Model.Tests.Families;

public sealed class Qwen3Tests
{
    /// <summary>Parameters as the model cards give them, in billions, rounded.</summary>
    [Theory]
    [InlineData("Qwen3-0.6B", 0.6)]
    [InlineData("Qwen3-1.7B", 1.7)]
    [InlineData("Qwen3-4B", 4.0)]
    [InlineData("Qwen3-8B", 8.2)]
    [InlineData("Qwen3-14B", 14.8)]
    [InlineData("Qwen3-32B", 32.8)]
    public void Published_Sizes_HaveThePublishedNumbersOfParameters(string name, double billions)
    {
        var (found, config) = ModelFamilies.FindPublished("Qwen/" + name)!.Value;
        Assert.Equal(name, found);
        Assert.Null(config.Vision);
        Assert.Equal(billions, Math.Round(RandomCheckpoint.CountParameters(config) / 1e9, 1));
        Assert.Equal(0, RandomCheckpoint.CountVisionParameters(config));
    }

    [Theory]
    [InlineData("Qwen/Qwen3-8B", "Qwen3-8B")]
    [InlineData("qwen3-4b-instruct-2507", "Qwen3-4B-Instruct-2507")]
    [InlineData("unsloth/Qwen3-14B-unsloth-bnb-4bit", "Qwen3-14B")]
    [InlineData("Qwen3-8B-Base", "Qwen3-8B-Base")]
    [InlineData("Qwen3-30B-A3B", null)]
    [InlineData("Qwen3-VL-8B", null)]
    public void Find_NameOrPath_IsThePublishedModel(string name, string? expected) => Assert.Equal(expected, PublishedName.Find(name));

    [Fact]
    public void FindPublished_SizeAlone_IsThatOfTheFirstFamily() =>
        Assert.Equal("Qwen3-VL-8B-Instruct", ModelFamilies.FindPublished("8B")!.Value.Name);

    [Fact]
    public void Keys_ReferenceCheckpoint_MatchKeyForKey()
    {
        var folder = Repository.Reference("text_qwen3", "model");
        var config = ModelConfigs.Load(folder);
        using var checkpoint = Checkpoint.Open(folder);
        checkpoint.CheckAgainst(config.Keys.Shapes(ExpertLayout.Transformers), config.Keys.Optional);
        Assert.Equal("Qwen3", config.Family.Format.Name);
        Assert.Equal(1, config.Positions.Angles.Axes);
    }

    [Fact]
    public void ToJson_ReadBack_IsTheSameConfiguration()
    {
        var config = ModelConfigs.Load(Repository.Reference("text_qwen3", "model")) with { EosTokenIds = [5, 6], PadTokenId = 7 };
        var again = ModelConfigs.Parse("config.json", config.ToJson());
        Assert.Equal(JsonSerializer.Serialize(config.Text), JsonSerializer.Serialize(again.Text));
        Assert.Equal([5, 6], again.EosTokenIds);
        Assert.Equal(7, again.PadTokenId);
        Assert.Equal(config.DType, again.DType);
    }

    [Theory]
    [InlineData("\"attention_bias\": false", "\"attention_bias\": true", "attention_bias")]
    [InlineData("\"use_sliding_window\": false", "\"use_sliding_window\": true", "use_sliding_window")]
    [InlineData("\"rope_type\": \"default\"", "\"rope_type\": \"yarn\"", "rope_type")]
    [InlineData("\"rope_type\": \"default\"", "\"rope_type\": \"mrope\"", "rope_type")]
    [InlineData("\"head_dim\": 16", "\"head_dim\": 15", "head_dim")]
    [InlineData("\"rms_norm_eps\": 1e-06", "\"rms_norm_eps\": 0", "rms_norm_eps")]
    [InlineData("\"model_type\": \"qwen3\"", "\"model_type\": \"qwen3_moe\"", "model_type")]
    [InlineData("\"model_type\": \"qwen3\"", "\"vision_config\": {}, \"model_type\": \"qwen3\"", "vision_config")]
    [InlineData("Qwen3ForCausalLM", "Qwen3ForSequenceClassification", "architectures")]
    public void Parse_WhatIsNotComputed_IsRefusedByName(string found, string put, string field)
    {
        var json = File.ReadAllText(Path.Combine(Repository.Reference("text_qwen3", "model"), "config.json"));
        Assert.Contains(found, json);
        var e = Assert.Throws<InputException>(() => ModelConfigs.Parse("config.json", json.Replace(found, put)));
        Assert.Contains(field, e.Message);
    }
}
