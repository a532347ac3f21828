using System.CommandLine;
using Litre.Core;
using Litre.Inference;
using Litre.Inference.Constraints;
using Litre.Inference.Sampling;

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
    private readonly Option<double> _minP = new("--min-p")
    {
        Description = "Sample only from tokens that have at least this fraction of the most likely token's probability.",
    };
    private readonly Option<double> _repetition = new("--repetition-penalty")
    {
        Description = "Above 1, tokens of the prompt and of the answer become less likely.",
        DefaultValueFactory = _ => 1,
    };
    private readonly Option<double> _presence = new("--presence-penalty")
    {
        Description = "Subtracted from the logits of tokens that the answer contains.",
    };
    private readonly Option<double> _frequency = new("--frequency-penalty")
    {
        Description = "Subtracted from the logits of tokens that the answer contains, once for each occurrence.",
    };
    private readonly Option<int> _seed = new("--seed") { Description = "Seed for sampling." };
    private readonly Option<string[]> _stop = new("--stop")
    {
        Description = "A text that ends the answer, which does not contain it; can be repeated.",
    };
    private readonly Option<string> _schema = new("--json-schema")
    {
        Description = "A file with a JSON schema: the answer is JSON of this form.",
    };
    private readonly Option<bool> _object = new("--json-object") { Description = "The answer is a JSON object." };
    private readonly Option<string> _regex = new("--regex") { Description = "A regular expression that the whole answer matches." };
    private readonly Option<string> _system = new("--system")
    {
        Description = "A system prompt: what the model is told before the question.",
    };
    private readonly Option<bool> _checkpoint = new("--generation-config")
    {
        Description = "Use the model's generation_config.json for sampling options that are not given.",
    };

    public SamplingOptions(Command command, int maxNewTokens)
    {
        _maxNewTokens = new("--max-new-tokens") { Description = "Longest answer, in tokens.", DefaultValueFactory = _ => maxNewTokens };
        Option[] all =
        [
            _system,
            _maxNewTokens,
            _temperature,
            _topP,
            _topK,
            _minP,
            _repetition,
            _presence,
            _frequency,
            _seed,
            _stop,
            _schema,
            _object,
            _regex,
            _checkpoint,
        ];
        foreach (var option in all)
            command.Options.Add(option);
    }

    /// <summary>The system prompt, or null.</summary>
    /// <exception cref="InputException">It is empty.</exception>
    public string? System(ParseResult parsed) =>
        parsed.GetValue(_system) is not { } text ? null
        : !string.IsNullOrWhiteSpace(text) ? text
        : throw new InputException("--system is empty; write the system prompt in quotes, or leave the option out");

    /// <param name="parsed">The command line.</param>
    /// <param name="model">The folder of the model.</param>
    /// <exception cref="InputException">
    /// A value is out of range, or the form of answers is not supported, or the model's generation_config.json is damaged.
    /// </exception>
    public GenerationSettings Settings(ParseResult parsed, string model)
    {
        var settings = new GenerationSettings { MaxNewTokens = parsed.GetValue(_maxNewTokens) };
        if (parsed.GetValue(_checkpoint))
            settings = GenerationDefaults.Load(model, settings);
        settings = settings with
        {
            MaxNewTokens = Given(_maxNewTokens, settings.MaxNewTokens),
            Temperature = Given(_temperature, settings.Temperature),
            TopP = Given(_topP, settings.TopP),
            TopK = Given(_topK, settings.TopK),
            MinP = Given(_minP, settings.MinP),
            RepetitionPenalty = Given(_repetition, settings.RepetitionPenalty),
            PresencePenalty = Given(_presence, settings.PresencePenalty),
            FrequencyPenalty = Given(_frequency, settings.FrequencyPenalty),
            Seed = Given(_seed, settings.Seed),
            StopStrings = parsed.GetValue(_stop) ?? [],
            Format = Format(parsed),
        };
        settings.Validate();
        return settings;

        T Given<T>(Option<T> option, T otherwise) => parsed.GetResult(option) is { Implicit: false } ? parsed.GetValue(option)! : otherwise;
    }

    private AnswerFormat? Format(ParseResult parsed)
    {
        var (file, expression) = (parsed.GetValue(_schema), parsed.GetValue(_regex));
        AnswerFormat?[] formats =
        [
            file is null ? null : AnswerFormat.JsonSchema(Read(file)),
            expression is null ? null : AnswerFormat.Regex(expression),
            parsed.GetValue(_object) ? AnswerFormat.JsonObject : null,
        ];
        var given = formats.OfType<AnswerFormat>().ToList();
        if (given.Count > 1)
            throw new InputException("--json-schema, --json-object and --regex exclude each other; give one of them");
        if (given.Count == 0)
            return null;
        // Refused before the model is loaded, which can take minutes.
        ConstraintCompiler.Validate(given[0]);
        return given[0];
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException(
                "json-schema",
                file,
                $"cannot be read ({e.Message.TrimEnd('.')})",
                "give a file with a JSON schema",
                e
            );
        }
    }
}
