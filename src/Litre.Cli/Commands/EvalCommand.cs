using System.CommandLine;
using System.Globalization;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Core.Files;
using Litre.Data.Packing;
using Litre.Data.Splits;
using Litre.Evaluation;
using Litre.Inference;
using Litre.Inference.Features;
using Litre.Kernels;
using Litre.Model.Families;
using Litre.Model.Hub;
using Litre.Planning;
using Litre.Reporting;
using Litre.Torch;
using Litre.Torch.Loading;
using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary><c>litre eval</c>: compares base and tuned model on held-out data, with intervals and a test of the difference.</summary>
internal sealed class EvalCommand : Command
{
    private readonly Option<string> _model = new("--model") { Description = "The checkpoint folder.", Required = true };
    private readonly AdapterOptions _adapter;
    private readonly Option<string> _data = new("--data") { Description = "A data folder or one data file.", Required = true };
    private readonly Option<string> _split = HeldOutOptions.Split();
    private readonly Option<double> _share = HeldOutOptions.Share();
    private readonly Option<int> _newTokens = new("--max-new-tokens")
    {
        Description = "Longest answer in tokens; 0 measures the loss only.",
        DefaultValueFactory = _ => 128,
    };
    private readonly Option<int> _budget = HeldOutOptions.BatchTokens();
    private readonly Option<int?> _limit = new("--limit") { Description = "Maximum number of samples to evaluate, chosen at random." };
    private readonly Option<int> _seed = new("--seed")
    {
        Description = "Seed of the held-out side, the sampling and the statistics; use the run's seed to evaluate the side it held out.",
        DefaultValueFactory = _ => new TuneSettings().Seed,
    };
    private readonly Option<string?> _output = new("--output")
    {
        Description = "Folder for answers.jsonl, evaluation.json and report.html. Default: a new folder in runs/.",
    };
    private readonly Option<string> _language = new("--report-language")
    {
        Description = "Language of report.html: auto (Chinese if the data are Chinese, else English), en or zh.",
        DefaultValueFactory = _ => "auto",
    };
    private readonly Option<bool> _better = new("--require-better")
    {
        Description = "Exit with code 1 unless the adapter is proven better.",
    };
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };
    private readonly Option<string?> _device = new("--device")
    {
        Description = "Device: cpu, cuda or cuda:N. Default: cuda if available, else cpu.",
    };
    private readonly Option<string?> _dtype = new("--dtype")
    {
        Description = "Data type of the weights: float32 or bfloat16. Default: bfloat16 on cuda, else float32.",
    };
    private readonly PixelOptions _pixels;
    private readonly TileOptions _tiles;
    private readonly ReadingOptions _reading;
    private readonly FeatureOptions _features;

    public EvalCommand()
        : base("eval", "Evaluates a model, or an adapter against its base model, on data that it was not trained on.")
    {
        _split.TakesOneOf("validation", "test", "train", "all");
        _dtype.TakesOneOf("float32", "bfloat16");
        _language.TakesOneOf("auto", "en", "zh");
        Options.Add(_model);
        _adapter = new AdapterOptions(
            this,
            "Folder of an adapter, or of a run (its best adapter), to compare with the base model. Without it, only the model is evaluated."
        );
        foreach (var option in (Option[])[_data, _split, _share, _newTokens, _budget, _limit])
            Options.Add(option);
        _pixels = new PixelOptions(this);
        _tiles = new TileOptions(this, TileOptions.Trained);
        _reading = new ReadingOptions(this);
        _features = new FeatureOptions(this);
        foreach (var option in (Option[])[_seed, _output, _language, _better, _json, _device, _dtype])
            Options.Add(option);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        // Until the first sample is computed, stopping loses nothing.
        using var stop = new StopSignal("stopping; no results are written") { ExitsImmediately = true, Exiting = StopSignal.WriteStopped };
        var (model, adapter) = (ModelFolder.Resolve(parsed.GetValue(_model)!), _adapter.Folder(parsed));
        if (parsed.GetValue(_output) is { } asked)
            CheckOutput(asked, parsed.GetValue(_data)!, model);
        var settings = Settings(parsed);
        if (parsed.GetValue(_better) && adapter is null)
            throw new InputException("--require-better: needs --adapter, the adapter to compare with the model");
        var device = DeviceChoice.Choose(parsed.GetValue(_device));
        if (device.IsMeta)
            throw new InputException("--device meta: a meta device computes nothing; use cpu or cuda");
        var dtype =
            parsed.GetValue(_dtype) is { } name ? (name == "bfloat16" ? DType.BFloat16 : DType.Float32)
            : device.Type == DeviceType.Cuda ? DType.BFloat16
            : DType.Float32;

        // Data are read before the weights are loaded, which can take minutes: a wrong path is reported at once.
        var tiling = _tiles.Tiling(parsed, model, adapter);
        var encoder = SampleEncoder.Load(
            ModelConfigs.Load(model).Family.Format,
            model,
            _pixels.Minimum(parsed),
            _pixels.Maximum(parsed),
            tiling: tiling
        );
        using var data = TrainingData.Load(
            parsed.GetValue(_data)!,
            encoder,
            new SplitOptions(parsed.GetValue(_share), 0, (ulong)settings.Seed),
            _reading.Options(parsed)
        );
        var samples = Samples(parsed, data, settings.Seed);
        if (encoder.Chat.Template.Notice is { } template)
            OptionText.WriteError(template);
        foreach (var notice in data.Notices)
            OptionText.WriteError(notice);
        foreach (var row in data.Unusable)
            OptionText.WriteError($"left out: {row}");
        foreach (var warning in data.Warnings)
            OptionText.WriteError($"warning: {warning}");
        if (TileNote.OfMany(encoder, !_tiles.IsGiven(parsed)) is { } note)
            Console.Error.WriteLine(note);

        var warnings = RunWarnings.Of(samples.Select(SampleLoader.Outline), settings.GenerateAnswers ? settings.MaxNewTokens : 0) with
        {
            IsCompared = adapter is not null,
        };
        foreach (var warning in warnings.Lines())
            OptionText.WriteError($"warning: {warning}");

        using var loading = new LoadConsole();
        using var session = ModelSession.Open(
            new SessionSettings(model)
            {
                Adapter = adapter,
                AllowOtherBase = _adapter.AllowsOtherBase(parsed),
                Device = device,
                DType = dtype,
                MinimumPixels = _pixels.Minimum(parsed),
                MaximumPixels = _pixels.Maximum(parsed),
                Tiling = tiling,
                UsesTrainedTiling = false,
                FeatureBytes = FeatureCache.DefaultBytes,
                Disk = _features.Settings(parsed),
                Kernels = KernelOptions.FromEnvironment(),
            },
            loading.Show,
            OptionText.WriteError
        );
        stop.ExitsImmediately = false;
        var result = new Evaluator(session, settings).Run(samples, Progress(), stop.Token);
        Terminal.Status.Clear();

        var output = parsed.GetValue(_output) ?? DefaultOutput(parsed.GetValue(_data)!);
        EvaluationFiles.Write(output, result);
        ReportPage.Write(Path.Combine(output, ReportPage.FileName), Report(parsed, data, samples, result, encoder, warnings));
        if (parsed.GetValue(_json))
            Console.Out.WriteLine(EvaluationFiles.ToJson(result));
        else
        {
            EvaluationTable.Write(Terminal.Output, result);
            Console.Out.WriteLine(
                $"All answers: {Path.Combine(output, EvaluationFiles.AnswersName)}; report: {Path.Combine(output, ReportPage.FileName)}"
            );
        }
        return parsed.GetValue(_better) && result.Verdict != Verdict.Better ? ExitCode.CheckFailed : ExitCode.Success;
    }

    private RunReport Report(
        ParseResult parsed,
        TrainingData data,
        List<TokenizedSample> samples,
        EvaluationResult result,
        SampleEncoder encoder,
        RunWarnings warnings
    ) =>
        new()
        {
            Title = $"Evaluation on {DataName(parsed.GetValue(_data)!)}",
            Subtitle = string.Create(
                CultureInfo.InvariantCulture,
                $"{DateTime.Now:yyyy-MM-dd HH:mm}, {parsed.GetValue(_split)} side, {samples.Count:N0} samples"
            ),
            Language = DataLanguage.Of(
                Enum.Parse<ReportLanguage>(parsed.GetValue(_language)!, ignoreCase: true),
                samples.Select(s => s.Sample)
            ),
            Warnings = warnings,
            Evaluation = result,
            Answers = ReportAnswers.Select(samples, result, encoder.Limits, seed: (ulong)parsed.GetValue(_seed)),
            Messages =
            [
                .. data.Notices,
                .. data.Unusable.Count > 0
                    ? (string[])[$"{Units.Count(data.Unusable.Count, "row")} could not be used; the first: {data.Unusable[0]}"]
                    : [],
            ],
            Settings =
            [
                .. Options
                    .Where(o => o.Name is not ("--json" or "--help" or "--output" or "--require-better"))
                    .Select(o => (Name: o.Name, Value: parsed.GetResult(o)?.GetValueOrDefault<object?>()))
                    .Where(o => o.Value is not null)
                    .Select(o => (o.Name.TrimStart('-'), Convert.ToString(o.Value, CultureInfo.InvariantCulture)!)),
            ],
        };

    // In a data folder answers.jsonl would be read as data; in a run's folder it would overwrite the run's own.
    private static void CheckOutput(string output, string data, string model)
    {
        OutputPlace.RefuseAmong("output", output, "data", data);
        OutputPlace.RefuseAmong("output", output, "model", model);
        if (RunFolder.IsRun(output))
            throw new InputException(
                $"--output {output}: is the folder of a run, whose evaluation would be overwritten; choose another folder"
            );
        if (
            Directory.Exists(output)
            && !File.Exists(Path.Combine(output, EvaluationFiles.ResultName))
            && Directory.EnumerateFileSystemEntries(output).FirstOrDefault() is { } entry
        )
            throw new InputException(
                $"--output {output}: contains other files (such as {Path.GetFileName(entry)}); choose a " + "folder that does not exist yet"
            );
    }

    private EvaluationSettings Settings(ParseResult parsed)
    {
        var (newTokens, budget, limit, seed) = (
            parsed.GetValue(_newTokens),
            parsed.GetValue(_budget),
            parsed.GetValue(_limit),
            parsed.GetValue(_seed)
        );
        var share = parsed.GetValue(_share);
        if (!(share >= 0 && share < 1))
            throw new InputException(
                string.Create(CultureInfo.InvariantCulture, $"--validation-share {share}: expected a number from 0 to below 1, such as 0.1")
            );
        if (newTokens < 0)
            throw new InputException($"--max-new-tokens {newTokens}: expected 1 or more, or 0 for the loss only");
        if (budget < 1)
            throw new InputException($"--batch-tokens {budget}: expected 1 or more");
        if (limit < 1)
            throw new InputException($"--limit {limit}: expected 1 or more");
        if (seed < 0)
            throw new InputException($"--seed {seed}: expected 0 or more");
        return new EvaluationSettings
        {
            MaxNewTokens = newTokens,
            GenerateAnswers = newTokens > 0,
            TokenBudget = budget,
            Seed = seed,
        };
    }

    private List<TokenizedSample> Samples(ParseResult parsed, TrainingData data, int seed)
    {
        var split = parsed.GetValue(_split)!;
        var samples = (
            split switch
            {
                "validation" => data.Validation,
                "test" => data.Test,
                "train" => data.Train,
                _ => [.. data.Train, .. data.Validation, .. data.Test],
            }
        ).ToList();
        if (samples.Count == 0)
            throw new InputException(
                $"--split {split}: {parsed.GetValue(_data)} has no samples on this side ({data.Train.Count} train, "
                    + $"{data.Validation.Count} validation, {data.Test.Count} test); choose another side or --split all"
            );
        if (parsed.GetValue(_limit) is not { } limit || limit >= samples.Count)
            return samples;
        var order = Enumerable.Range(0, samples.Count).ToArray();
        var random = SeededOrder.For((ulong)seed, 0);
        random.Shuffle(order);
        return [.. order.Take(limit).Order().Select(i => samples[i])];
    }

    internal static Action<EvaluationProgress>? Progress() =>
        Console.IsErrorRedirected
            ? null
            : p => Terminal.Status.Show(string.Create(CultureInfo.InvariantCulture, $"{p.Phase} {p.Done:N0} of {p.Total:N0}"));

    private static string DefaultOutput(string data)
    {
        return Path.Combine("runs", $"eval-{DataName(data)}-{DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}");
    }

    private static string DataName(string data) =>
        Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(data)));
}
