using Litre.Core;
using Litre.Inference.Sampling;

namespace Litre.Inference.Tests;

public sealed class GenerationSettingsTests
{
    [Fact]
    public void Validate_EachValueOutOfRange_NamesTheSetting()
    {
        (GenerationSettings Settings, string Setting)[] cases =
        [
            (new() { MaxNewTokens = 0 }, "max-new-tokens"),
            (new() { Temperature = -0.1 }, "temperature"),
            (new() { Temperature = double.NaN }, "temperature"),
            (new() { Temperature = 101 }, "temperature"),
            (new() { TopP = 0 }, "top-p"),
            (new() { TopP = 1.1 }, "top-p"),
            (new() { TopK = -1 }, "top-k"),
            (new() { MinP = -0.1 }, "min-p"),
            (new() { MinP = 1.1 }, "min-p"),
            (new() { RepetitionPenalty = 0 }, "repetition-penalty"),
            (new() { RepetitionPenalty = double.PositiveInfinity }, "repetition-penalty"),
            (new() { PresencePenalty = -2.1 }, "presence-penalty"),
            (new() { FrequencyPenalty = double.NaN }, "frequency-penalty"),
            (new() { TopLogProbs = 21 }, "top-logprobs"),
            (new() { StopStrings = [.. Enumerable.Repeat("a", 17)] }, "stop"),
            (new() { StopStrings = ["a", ""] }, "stop"),
        ];
        foreach (var (settings, setting) in cases)
            Assert.Equal(setting, Assert.Throws<InputException>(settings.Validate).Setting);
        new GenerationSettings().Validate();
    }
}
