using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Litre.Cli.Rendering;
using Litre.Model;
using Litre.Torch;
using Litre.Training.Benchmarks;
using Litre.Training.Creation;
using Spectre.Console;

namespace Litre.Cli.Commands;

/// <summary><c>litre bench</c>: training steps of a real-size model with random weights, from its configuration alone.</summary>
internal sealed class BenchCommand : Command
{
    private readonly Argument<string> _config = new("CONFIG") { Description = "A config.json, or a folder that holds one. Weights are not needed." };
    private readonly EngineOptions _engine;
    private readonly Option<int> _samples = Number("--samples", "Samples in one micro-batch.", 8);
    private readonly Option<int> _visual = Number("--visual-tokens", "Visual tokens of each sample.", 768);
    private readonly Option<int> _text = Number("--text-tokens", "Text tokens of each sample.", 122);
    private readonly Option<int> _rank = Number("--lora-rank", "Rank of the adapters.", 16);
    private readonly Option<int> _steps = Number("--steps", "Steps to time, after two that are not.", 5);
    private readonly Option<bool> _experts = new("--experts") { Description = "Train adapters on the expert tensors too." };
    private readonly Option<bool> _full = new("--full") { Description = "Train all weights instead of adapters." };
    private readonly Option<string?> _checkpoint = new("--write-checkpoint") { Description = "Write a checkpoint of this size with random weights, in shards as the hub's, to this folder instead; it must not exist yet." };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON for other programs to read." };

    public BenchCommand() : base("bench", "Measures training steps of a model with random weights; on --device meta counts their memory.")
    {
        Arguments.Add(_config);
        _engine = new EngineOptions(this, DType.BFloat16);
        foreach (var option in (Option[])[_samples, _visual, _text, _rank, _steps, _experts, _full, _checkpoint, _json]) Options.Add(option);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        if (parsed.GetValue(_checkpoint) is { } folder)
            return InitCommand.Make(new InitSettings { Config = parsed.GetValue(_config)!, Output = folder, DType = _engine.DType(parsed) }, parsed.GetValue(_json));
        var workload = new StepWorkload
        {
            Samples = parsed.GetValue(_samples),
            VisualTokens = parsed.GetValue(_visual),
            TextTokens = parsed.GetValue(_text),
            LoraRank = parsed.GetValue(_rank),
            Steps = parsed.GetValue(_steps),
            TrainExperts = parsed.GetValue(_experts),
            Full = parsed.GetValue(_full),
        };
        if (workload.Samples < 1 || workload.LoraRank < 1 || workload.VisualTokens < 0 || workload.Steps < 1 || workload.TextTokens < workload.AnswerTokens + 2)
            throw new InputException($"--samples, --lora-rank and --steps must be at least 1, and --text-tokens at least {workload.AnswerTokens + 2}");
        var config = ModelConfig.Load(parsed.GetValue(_config)!);
        var device = _engine.Device(parsed);
        var result = StepBenchmark.Run(config, _engine.DType(parsed), device, workload, _engine.Recompute(parsed));
        if (parsed.GetValue(_json)) Console.Out.WriteLine(JsonSerializer.Serialize(result));
        else Write(result, device);
        return ExitCode.Success;
    }

    private static void Write(StepResult result, Device device)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("one training step").AddColumn(new TableColumn("").RightAligned());
        table.AddRow("tokens", result.Tokens.ToString("N0", CultureInfo.InvariantCulture));
        table.AddRow("weights and adapters", Terminal.GiB(result.WeightBytes));
        table.AddRow("peak of tensors", Terminal.GiB(result.PeakBytes));
        if (result.MeasuredBytes is { } measured)
        {
            table.AddRow("  as planned", Terminal.GiB(result.PlannedPeakBytes));
            table.AddRow("memory in use", Terminal.GiB(measured));
            table.AddRow("  as planned", Terminal.GiB(result.PlannedBytes));
        }
        table.AddRow("operator calls", result.OperatorCalls.ToString("N0", CultureInfo.InvariantCulture));
        if (!device.IsMeta)
        {
            table.AddRow("median time", string.Create(CultureInfo.InvariantCulture, $"{result.MedianStepMs:N0} ms"));
            table.AddRow("tokens/s", result.TokensPerSecond.ToString("N0", CultureInfo.InvariantCulture));
            table.AddRow("losses", string.Join(" ", result.Losses.Select(l => l.ToString("F3", CultureInfo.InvariantCulture))));
        }
        Terminal.Output.Write(table);
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
