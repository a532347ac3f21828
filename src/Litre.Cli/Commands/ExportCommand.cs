using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Core.Files;
using Litre.Export;
using Litre.Kernels;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Hub;
using Spectre.Console;

namespace Litre.Cli.Commands;

/// <summary><c>litre export</c>: writes an adapter, or base and adapter merged, for other programs.</summary>
internal sealed class ExportCommand : Command
{
    private readonly Option<string> _model = new("--model") { Description = "The base checkpoint's folder.", Required = true };
    private readonly AdapterOptions _adapter;
    private readonly Option<string> _to = new("--to")
    {
        Description = "What to write: merged (a whole checkpoint, like the base) or peft (the adapter alone).",
        Required = true,
    };
    private readonly Option<string> _output = new("--output")
    {
        Description = "The folder to write; it must not exist yet.",
        Required = true,
    };
    private readonly Option<string?> _baseName = new("--base-name")
    {
        Description =
            $"The name of the base model in the exported adapter, such as "
            + $"{ModelFamilies.Default.Format.HubName(ModelFamilies.UsualModel)}. "
            + "Default: the folder of --model.",
    };
    private readonly Option<string?> _layout = new("--expert-layout")
    {
        Description = "Layout of expert weights if their shapes do not determine it: hub or transformers.",
    };
    private readonly EngineOptions _engine;
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public ExportCommand()
        : base("export", "Exports an adapter or a merged checkpoint, loads it back, and compares its logits.")
    {
        _to.TakesOneOf("peft", "merged");
        _layout.TakesOneOf("hub", "transformers");
        Options.Add(_model);
        _adapter = new AdapterOptions(this, "Folder of an adapter, or of a run (its best adapter).", required: true);
        foreach (var option in (Option[])[_to, _output, _baseName, _layout])
            Options.Add(option);
        _engine = EngineOptions.ForInference(this);
        Options.Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var (model, adapter, output) = (ModelFolder.Resolve(parsed.GetValue(_model)!), _adapter.Folder(parsed)!, parsed.GetValue(_output)!);
        OutputPlace.RefuseAmong("output", output, "adapter", adapter);
        var device = _engine.Device(parsed);
        if (device.IsMeta)
            throw new InputException("--device meta: a meta device computes nothing to compare; use cpu or cuda");
        using var stop = new StopSignal("stopping; partial files are removed");
        using var loading = new LoadConsole();
        var exporter = new Exporter(model, adapter, output, _engine.DType(parsed, model), device)
        {
            Kernels = KernelOptions.FromEnvironment(),
            Layout = parsed.GetValue(_layout) switch
            {
                "hub" => ExpertLayout.Hub,
                "transformers" => ExpertLayout.Transformers,
                _ => null,
            },
            Loading = progress =>
            {
                stop.ThrowIfRequested();
                loading.Show(progress);
            },
            AdapterLoadOptions = _adapter.LoadOptions(parsed),
            Progress = (done, all) =>
                Terminal.Status.Show(string.Create(CultureInfo.InvariantCulture, $"writing {Terminal.GiB(done)} of {Terminal.GiB(all)}")),
        };
        var merged = parsed.GetValue(_to) == "merged";
        var result = merged
            ? exporter.ToMerged(stop.Token)
            : exporter.ToPeft(parsed.GetValue(_baseName) ?? Path.GetFullPath(model), stop.Token);
        Terminal.Status.Clear();
        if (parsed.GetValue(_json))
            Console.Out.WriteLine(JsonSerializer.Serialize(result, Json));
        else
            Write(result, merged);
        if (result.Passed)
            return ExitCode.Success;
        Console.Error.WriteLine(
            result.Difference > result.Bound
                ? $"litre: the export's logits differ from those in memory by {Relative(result.Difference)}, more than rounding "
                    + $"explains ({Relative(result.Bound)}); the export was removed; please report this"
                : $"litre: the adapter changes the logits by only {Relative(result.AdapterEffect)}, and rounding the merged "
                    + $"weights changes "
                    + $"them by {Relative(result.Difference)}: most of the adapter's effect would be lost, so the export was removed; use "
                    + "--to peft, which rounds nothing, or --dtype float32"
        );
        return ExitCode.CheckFailed;
    }

    private static void Write(ExportResult result, bool merged)
    {
        var table = new Table()
            .Border(TableBorder.Rounded)
            .AddColumn(merged ? "merged checkpoint" : "PEFT adapter")
            .AddColumn(new TableColumn("").RightAligned());
        table.AddRow("weights with an update", result.ChangedTensors.ToString(CultureInfo.InvariantCulture));
        table.AddRow("the adapter changes logits by", Relative(result.AdapterEffect));
        table.AddRow("the export differs by", Relative(result.Difference));
        table.AddRow("rounding explains up to", Relative(result.Bound));
        Terminal.Output.Write(table);
        if (result.Passed)
            Terminal.Output.MarkupLineInterpolated($"wrote {Path.GetFullPath(result.Output)}; loaded back, it gives the same logits");
    }

    private static string Relative(double value) => value.ToString("0.0E+00", CultureInfo.InvariantCulture);

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
