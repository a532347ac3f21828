using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Data.Imaging;
using Litre.Kernels;
using Litre.Model.Families;
using Litre.Model.Hub;
using Litre.Model.Vision;
using Litre.Planning;
using Litre.Training.Tuning;
using Spectre.Console;

namespace Litre.Cli.Commands;

/// <summary><c>litre model list</c>: published sizes, their memory needs, and whether tuning fits on this machine or another.</summary>
internal sealed class ModelListCommand : Command
{
    private const string UsualImage = "1024x768";
    private const int UsualText = 120;
    private const int UsualSamples = 1000;

    private readonly PlanTarget _target;
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public ModelListCommand()
        : base("list", "Lists published sizes with the memory that tuning needs, and whether it fits on this machine.")
    {
        _target = new PlanTarget(this);
        Options.Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var settings = new TuneSettings { Engine = new() { Kernels = KernelOptions.FromEnvironment() } };
        var machine = _target.Machine(parsed, ref settings);
        var rows = ModelFamilies.PublishedNames.Select(name => Describe(name, settings, machine)).ToList();
        if (parsed.GetValue(_json))
        {
            Console.Out.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        machine = machine.Name,
                        budget_bytes = machine.BudgetBytes,
                        models = rows,
                    },
                    Json
                )
            );
            return ExitCode.Success;
        }
        var table = new Table().RoundedBorder().AddColumns("model", "parameters", "download", "tuning needs", "here");
        foreach (var row in rows)
            table.AddRow(
                row.Name,
                Billions(row.Parameters),
                Terminal.GiB(row.DownloadBytes),
                Terminal.GiB(row.TuningBytes),
                Terminal.Escape(
                    row.Fits
                        ? row.Folder is { } folder
                            ? $"fits; {folder}"
                            : "fits"
                        : $"{Terminal.GiB(row.MissingBytes)} missing"
                )
            );
        Terminal.Output.Write(table);
        Console.Out.WriteLine(
            $"tuning: LoRA of rank {settings.Trainable.LoraRank} with one {UsualImage} image (none for a text-only "
                + $"model) and {UsualText} tokens of text per sample, on {machine.Name} with "
                + $"{Terminal.GiB(machine.BudgetBytes)} available to a run"
        );
        Console.Out.WriteLine(
            "download: litre model get NAME; plan a run: litre plan --model NAME --samples 1400 --image 1024x768 "
                + "(--text-tokens 120 instead of --image for a text-only model)"
        );
        return ExitCode.Success;
    }

    private static ModelRow Describe(string name, TuneSettings settings, PlanMachine machine)
    {
        var model = PlanModel.Open(name);
        var format = model.Config.Family.Format;
        VisionGrid[] grids = format.Images is { } images ? [SyntheticDataOptions.Grid(new ImageProcessor(images.Options), UsualImage)] : [];
        var data = PlanData.Of(
            SyntheticSample.Make(model.Config, grids, UsualText, UsualText / 4, new Random(1)),
            UsualSamples,
            settings.Validation.Share
        );
        var plan = Planner.CreatePlan(
            new PlanRequest(model.Name, model.Config, model.Shape, settings, data, machine) { FindsAlternatives = false }
        );
        // A tied head is optional in a checkpoint, and the hub's files omit it.
        var optional = model.Config.Keys.Optional;
        var tensors = model.Shape.Tensors.Values.Where(t => !optional.Contains(t.Name)).ToList();
        return new ModelRow(
            name,
            tensors.Sum(t => Litre.Torch.Shape.Count(t.Shape)),
            tensors.Sum(t => t.Bytes),
            plan.PeakBytes,
            plan.Fits,
            plan.MissingBytes,
            Local(name, format.HubName(name))
        );
    }

    // Its folder on this machine, if it exists: that of `model get`, or the one in the hub's cache.
    private static string? Local(string name, string hubName)
    {
        var folder = Path.Combine("models", name);
        if (File.Exists(Path.Combine(folder, "config.json")))
            return folder;
        var cached = Path.Combine(HubEnvironment.Read(HostEnvironment.Read).CacheFolder, HubCache.FolderName(hubName));
        try
        {
            return Directory.Exists(cached) && File.Exists(Path.Combine(HubCache.Resolve(cached), "config.json")) ? cached : null;
        }
        catch (InputException)
        {
            return null; // an unfinished download
        }
    }

    private static string Billions(long count) => string.Create(CultureInfo.InvariantCulture, $"{count / 1e9:0.0} billion");

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    private sealed record ModelRow(
        string Name,
        long Parameters,
        long DownloadBytes,
        long TuningBytes,
        bool Fits,
        long MissingBytes,
        string? Folder
    );
}
