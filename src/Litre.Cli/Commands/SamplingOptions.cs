using System.CommandLine;
using Litre.Core;
using Litre.Inference;

namespace Litre.Cli.Commands;

/// <summary>The options for decoding answers.</summary>
internal sealed class SamplingOptions
{
    private readonly Option<int> _maxNewTokens;
    private readonly Option<double> _temperature = new("--temperature")
    {
        Description = "Sampling temperature; 0 always chooses the most likely token.",
    };
    private readonly Option<double> _topP = new("--top-p")
    {
        Description = "Sample only from the most likely tokens that together reach this probability.",
        DefaultValueFactory = _ => 1,
    };
    private readonly Option<int> _topK = new("--top-k") { Description = "Sample only from this many most likely tokens; 0 for all." };
    private readonly Option<int> _seed = new("--seed") { Description = "Seed for sampling." };

    public SamplingOptions(Command command, int maxNewTokens)
    {
        _maxNewTokens = new("--max-new-tokens") { Description = "Longest answer, in tokens.", DefaultValueFactory = _ => maxNewTokens };
        foreach (var option in (Option[])[_maxNewTokens, _temperature, _topP, _topK, _seed])
            command.Options.Add(option);
    }

    /// <exception cref="InputException">A value is out of range.</exception>
    public GenerationSettings Settings(ParseResult parsed)
    {
        var settings = new GenerationSettings
        {
            MaxNewTokens = parsed.GetValue(_maxNewTokens),
            Temperature = parsed.GetValue(_temperature),
            TopP = parsed.GetValue(_topP),
            TopK = parsed.GetValue(_topK),
            Seed = parsed.GetValue(_seed),
        };
        settings.Validate();
        return settings;
    }
}
