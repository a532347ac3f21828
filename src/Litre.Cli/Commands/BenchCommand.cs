using System.CommandLine;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Export.Creation;
using Litre.Model.Families;
using Litre.Planning;
using Litre.Planning.Benchmarks;
using Litre.Torch;

namespace Litre.Cli.Commands;

/// <summary>
/// <c>litre bench</c>: training steps and answers of a real-size model with random weights, from its configuration alone.
/// </summary>
internal sealed class BenchCommand : Command
{
    private readonly Argument<string> _config = new("CONFIG")
    {
        Description = "A config.json, a folder that contains one, or the name of a published size. No weights are needed.",
    };
    private readonly EngineOptions _engine;
    private readonly BenchOptions _bench;
    private readonly Option<string?> _checkpoint = new("--write-checkpoint")
    {
        Description =
            "Instead of measuring, write a checkpoint of this size with random weights, sharded like those on the hub, to this new folder.",
    };
    private readonly Option<bool> _json = new("--json") { Description = "Print one machine-readable JSON object." };

    public BenchCommand()
        : base("bench", "Measures training steps and answers of a model with random weights; on --device meta, counts their memory.")
    {
        Arguments.Add(_config);
        _engine = new EngineOptions(this, DType.BFloat16);
        _bench = new BenchOptions(this);
        Options.Add(_checkpoint);
        Options.Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        if (parsed.GetValue(_checkpoint) is { } folder)
            return WriteCheckpoint(parsed, folder);
        var model = Open(parsed.GetValue(_config)!);
        var workload = _bench.Workload(parsed, model.Config, model.Folder);
        var (device, dtype, recompute) = (_engine.Device(parsed), _engine.DType(parsed), _engine.Recompute(parsed));
        using var source = _bench.Source(parsed, model.Config, model.Folder, workload, device);
        var result = Benchmark.Run(model.Config, dtype, device, workload, recompute, source);
        var setting = new BenchSetting(model.Name, device, dtype, recompute, workload, _bench.Data(parsed));
        if (parsed.GetValue(_json))
            Console.Out.WriteLine(BenchJson.Text(setting, result));
        else
            BenchReport.Write(Terminal.Output, setting, result);
        return ExitCode.Success;
    }

    private int WriteCheckpoint(ParseResult parsed, string folder)
    {
        try
        {
            return InitCommand.Make(
                new InitSettings
                {
                    Config = parsed.GetValue(_config)!,
                    Output = folder,
                    DType = _engine.DType(parsed),
                },
                parsed.GetValue(_json)
            );
        }
        catch (InputException e) when (e.Setting == "output")
        {
            // The folder has another option's name in this command.
            throw new InputException("write-checkpoint", e.Value, e.Reason, e.Remedy, e);
        }
    }

    private static PlanModel Open(string config) =>
        Path.Exists(config) || ModelFamilies.FindPublished(config) is not null
            ? PlanModel.Open(config)
            : throw new InputException(
                $"{config}: no such file or folder, and not the name of a published size; give a config.json, a folder "
                    + $"that contains one, or one of {string.Join(", ", ModelFamilies.PublishedNames)}"
            );
}
