using Litre.Core;
using Litre.Inference.Sampling;
using Shared;

namespace Litre.Inference.Tests;

public sealed class GenerationDefaultsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_NoFile_IsGreedy() => Assert.Equal(0, GenerationDefaults.Load(_folder.Path).Temperature);

    [Fact]
    public void Load_AllFields_AreTheSettings()
    {
        var settings = Load(
            """
            {"do_sample": true, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "min_p": 0.05, "repetition_penalty": 1.05,
             "eos_token_id": [7, 9], "max_new_tokens": 100, "pad_token_id": 3, "transformers_version": "5"}
            """
        );
        Assert.Equal(
            (0.7, 0.8, 20, 0.05, 1.05, 100),
            (settings.Temperature, settings.TopP, settings.TopK, settings.MinP, settings.RepetitionPenalty, settings.MaxNewTokens)
        );
        Assert.Equal([7, 9], settings.StopTokens.Order());
    }

    [Theory]
    [InlineData("""{"do_sample": false, "temperature": 0.7, "top_k": 20, "eos_token_id": 7}""")]
    [InlineData("""{"temperature": 0.7, "top_k": 20, "eos_token_id": 7}""")]
    public void Load_NoSampling_IsGreedyWithItsStopTokens(string file)
    {
        var settings = Load(file);
        Assert.Equal((0.0, 0, 1), (settings.Temperature, settings.TopK, settings.StopTokens.Count));
    }

    [Fact]
    public void Load_SamplingWithoutTemperature_HasTheUsualOne() => Assert.Equal(1, Load("""{"do_sample": true}""").Temperature);

    [Fact]
    public void Load_FieldsThatTheFileLacks_KeepTheirOtherValues()
    {
        File.WriteAllText(_folder.File("generation_config.json"), """{"do_sample": true}""");
        Assert.Equal(256, GenerationDefaults.Load(_folder.Path, new GenerationSettings { MaxNewTokens = 256 }).MaxNewTokens);
    }

    [Theory]
    [InlineData("""{"do_sample": true, "temperature": -1}""", "temperature: -1: expected a number from 0 to 100")]
    [InlineData("""{"do_sample": true, "temperature": "warm"}""", "temperature: \"warm\": expected a number")]
    [InlineData("""{"do_sample": true, "top_k": 1.5}""", "top_k: 1.5: expected a whole number")]
    [InlineData("""{"do_sample": 1}""", "do_sample: 1: expected true or false")]
    [InlineData("""{"repetition_penalty": 0}""", "repetition_penalty: 0: expected a number above 0")]
    [InlineData("""{"eos_token_id": [7, -1]}""", "eos_token_id: -1: expected 0 or more")]
    [InlineData("""{"max_new_tokens": 0}""", "max_new_tokens: 0: expected 1 or more")]
    [InlineData("{", "not valid JSON")]
    public void Load_NonsenseValue_IsRefusedByName(string file, string message)
    {
        var error = Assert.Throws<InputException>(() => Load(file));
        Assert.Contains("generation_config.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private GenerationSettings Load(string file)
    {
        File.WriteAllText(_folder.File("generation_config.json"), file);
        return GenerationDefaults.Load(_folder.Path);
    }
}
