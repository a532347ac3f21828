using System.CommandLine;
using System.Globalization;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Data.Packing;
using Litre.Data.Splits;
using Litre.Evaluation;
using Litre.Inference;
using Litre.Inference.Features;
using Litre.Kernels;
using Litre.Library.Comparison;
using Litre.Model.Families;
using Litre.Model.Lora;
using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary>The options with which several adapters answer the same questions.</summary>
internal sealed class QuestionOptions
{
    private readonly Option<string?> _data;
    private readonly Option<string> _split = HeldOutOptions.Split();
    private readonly Option<double> _share = HeldOutOptions.Share();
    private readonly Option<int> _newTokens = new("--max-new-tokens")
    {
        Description = "Longest answer in tokens.",
        DefaultValueFactory = _ => 128,
    };
    private readonly Option<int> _budget = HeldOutOptions.BatchTokens();
    private readonly Option<int> _limit = new("--limit")
    {
        Description = "Maximum number of samples, chosen at random; 0 for all.",
        DefaultValueFactory = _ => 0,
    };
    private readonly Option<int> _seed = new("--seed")
    {
        Description = "Seed of the held-out side, the choice of samples and the statistics.",
        DefaultValueFactory = _ => new TuneSettings().Seed,
    };
    private readonly PixelOptions _pixels;
    private readonly TileOptions _tiles;
    private readonly ReadingOptions _reading;
    private readonly EngineOptions _engine;

    /// <param name="command">The command to add the options to.</param>
    /// <param name="description">What the data are for.</param>
    public QuestionOptions(Command command, string description)
    {
        _data = new Option<string?>("--data") { Description = description };
        _split.TakesOneOf("validation", "test", "train", "all");
        foreach (var option in (Option[])[_data, _split, _share, _newTokens, _budget, _limit, _seed])
            command.Options.Add(option);
        _pixels = new PixelOptions(command);
        _tiles = new TileOptions(command, TileOptions.Trained);
        _reading = new ReadingOptions(command);
        _engine = EngineOptions.ForInference(command);
    }

    /// <summary>The data; null if none were given.</summary>
    public string? Data(ParseResult parsed) => parsed.GetValue(_data);

    /// <summary>Loads the model once and asks every adapter every question.</summary>
    /// <param name="parsed">The command line, with data.</param>
    /// <param name="model">The base model's folder.</param>
    /// <param name="adapters">Names and folders.</param>
    /// <param name="load">Whether adapters of another base are accepted.</param>
    /// <param name="stop">Stops between tokens.</param>
    /// <exception cref="InputException">An option, the data, the model or an adapter cannot be used.</exception>
    public AdapterTrial Measure(
        ParseResult parsed,
        string model,
        IReadOnlyList<(string Name, string Folder)> adapters,
        AdapterLoadOptions load,
        StopSignal stop
    )
    {
        var settings = Settings(parsed);
        var (minimum, maximum) = (_pixels.Minimum(parsed), _pixels.Maximum(parsed));
        // Data are read before the weights are loaded, which can take minutes.
        var encoder = SampleEncoder.Load(
            ModelConfigs.Load(model).Family.Format,
            model,
            minimum,
            maximum,
            tiling: Tiling(parsed, model, adapters)
        );
        using var data = TrainingData.Load(
            parsed.GetValue(_data)!,
            encoder,
            new SplitOptions(parsed.GetValue(_share), 0, (ulong)settings.Seed),
            _reading.Options(parsed)
        );
        var samples = Samples(parsed, data, settings.Seed);
        foreach (var notice in data.Notices)
            OptionText.WriteError(notice);
        foreach (var row in data.Unusable)
            OptionText.WriteError($"left out: {row}");
        using var loading = new LoadConsole();
        using var session = ModelSession.Open(
            new SessionSettings(model)
            {
                Device = _engine.Device(parsed),
                DType = _engine.DType(parsed, model),
                MinimumPixels = minimum,
                MaximumPixels = maximum,
                Tiling = encoder.Tiling,
                UsesTrainedTiling = false,
                FeatureBytes = FeatureCache.DefaultBytes,
                Kernels = KernelOptions.FromEnvironment(),
            },
            loading.Show,
            OptionText.WriteError
        );
        stop.ExitsImmediately = false;
        var trial = new AdapterTrial(session, settings);
        trial.Measure(samples, adapters, load, EvalCommand.Progress(), stop.Token);
        Terminal.Status.Clear();
        return trial;
    }

    // All adapters see a page in the same way, otherwise the comparison would be between two ways of reading.
    private Data.Tiles.Tiling? Tiling(ParseResult parsed, string model, IReadOnlyList<(string Name, string Folder)> adapters)
    {
        if (_tiles.IsGiven(parsed))
            return _tiles.Tiling(parsed);
        var trained = adapters.Where(a => a.Folder.Length > 0).Select(a => (a.Name, Tiling: TrainedTiling.Of(model, a.Folder))).ToList();
        if (trained.FirstOrDefault(t => t.Tiling != trained[0].Tiling) is { Name: { } other })
            throw new InputException(
                $"{trained[0].Name} and {other} were trained with different tiles; give --tile, with which all of them are asked"
            );
        return _tiles.Tiling(parsed, trained.Count > 0 ? trained[0].Tiling : null);
    }

    private EvaluationSettings Settings(ParseResult parsed)
    {
        foreach (var (option, least) in (ReadOnlySpan<(Option<int>, int)>)[(_newTokens, 1), (_budget, 1), (_limit, 0), (_seed, 0)])
        {
            if (parsed.GetValue(option) < least)
                throw new InputException($"{option.Name} {parsed.GetValue(option)}: expected {least} or more");
        }
        var share = parsed.GetValue(_share);
        if (!(share >= 0 && share < 1))
            throw new InputException(
                string.Create(CultureInfo.InvariantCulture, $"--validation-share {share}: expected a number from 0 to below 1, such as 0.1")
            );
        return new EvaluationSettings
        {
            MaxNewTokens = parsed.GetValue(_newTokens),
            TokenBudget = parsed.GetValue(_budget),
            Seed = parsed.GetValue(_seed),
        };
    }

    private List<TokenizedSample> Samples(ParseResult parsed, TrainingData data, int seed)
    {
        var split = parsed.GetValue(_split)!;
        List<TokenizedSample> samples = split switch
        {
            "validation" => [.. data.Validation],
            "test" => [.. data.Test],
            "train" => [.. data.Train],
            _ => [.. data.Train, .. data.Validation, .. data.Test],
        };
        if (samples.Count == 0)
            throw new InputException(
                $"--split {split}: {parsed.GetValue(_data)} has no samples on this side ({data.Train.Count} train, "
                    + $"{data.Validation.Count} validation, {data.Test.Count} test); choose another side or --split all"
            );
        if (parsed.GetValue(_limit) is var limit && (limit == 0 || limit >= samples.Count))
            return samples;
        var order = Enumerable.Range(0, samples.Count).ToArray();
        SeededOrder.For((ulong)seed, 0).Shuffle(order);
        return [.. order.Take(limit).Order().Select(i => samples[i])];
    }
}
