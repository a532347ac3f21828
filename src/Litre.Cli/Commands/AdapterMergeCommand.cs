using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Core.Files;
using Litre.Evaluation;
using Litre.Library.Entries;
using Litre.Library.Merging;
using Litre.Model.Families;
using Litre.Model.Hub;
using Litre.Model.Lora;
using Litre.Torch.Loading;
using Spectre.Console;

namespace Litre.Cli.Commands;

/// <summary><c>litre adapter merge</c>: one adapter from several, with a proof of what was computed.</summary>
internal sealed class AdapterMergeCommand : Command
{
    private readonly Argument<string[]> _parts = new("ADAPTER[=WEIGHT]")
    {
        Description = "A name of the library, or a folder of an adapter or run, with its weight (1 if omitted); at least two.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string> _method = new("--method")
    {
        Description =
            "linear (the weighted sum, exact, with the sum of the ranks), svd (the same, reduced to --rank) or ties (keep the largest "
            + "numbers of each, elect signs, average; then reduce to --rank).",
        DefaultValueFactory = _ => "linear",
    };
    private readonly Option<int?> _rank = new("--rank")
    {
        Description = "Rank of the result of svd and ties. Default: the largest of the adapters.",
    };
    private readonly Option<double?> _density = new("--density") { Description = "Share of each adapter's numbers that ties keeps. [0.5]" };
    private readonly Option<string> _name = new("--name")
    {
        Description = "The name of the merged adapter in the library.",
        Required = true,
    };
    private readonly Option<string?> _output = new("--output")
    {
        Description = "A folder for the merged adapter; it must not exist yet. Default: it is kept in the library.",
    };
    private readonly Option<string?> _note = new("--note") { Description = "A remark." };
    private readonly Option<string?> _model = new("--model")
    {
        Description = "The base checkpoint's folder. Default: the one that the adapters were trained on.",
    };
    private readonly Option<bool> _otherBase = AdapterOptions.OtherBaseOption();
    private readonly QuestionOptions _questions;
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public AdapterMergeCommand()
        : base("merge", "Merges adapters of one base into a new one, and compares the result with what was to be computed.")
    {
        _method.TakesOneOf("linear", "svd", "ties");
        Arguments.Add(_parts);
        foreach (var option in (Option[])[_method, _rank, _density, _name, _output, _note, _model, _otherBase])
            Options.Add(option);
        _questions = new QuestionOptions(this, "A data folder or file of questions that the merged adapter and its parts answer.");
        Options.Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        using var stop = new StopSignal("stopping; nothing is written");
        var library = LibraryArguments.Open();
        var parts = (parsed.GetValue(_parts) ?? []).Select(Part).ToList();
        var entries = parts.Select(p => library.Describe(p.Name)).ToList();
        if (entries.GroupBy(e => e.Id).FirstOrDefault(g => g.Count() > 1) is { Key: var same })
            throw new InputException($"{same}: is named twice; add its weights");
        var folders = parts.Select(p => library.Resolve(p.Name)).ToList();
        var output = parsed.GetValue(_output);
        if (output is not null)
            for (var i = 0; i < folders.Count; i++)
                OutputPlace.RefuseAmong("output", output, "adapter", folders[i]);
        var model = ModelFolder.Resolve(LibraryArguments.Model(parsed.GetValue(_model), entries));
        var load = new AdapterLoadOptions { AllowOtherBase = parsed.GetValue(_otherBase), Log = OptionText.WriteError };
        Libtorch.Load();
        var merge = new AdapterMerge(
            ModelConfigs.Load(model),
            [.. parts.Select((p, i) => new MergePart(entries[i].Id, folders[i], p.Weight))],
            Settings(parsed)
        )
        {
            Options = load,
            Progress = (done, all) => Terminal.Status.Show($"merging {done} of {all} weights"),
        };
        AdapterEntry entry;
        MergeResult result;
        try
        {
            (entry, result) = merge.Register(library, parsed.GetValue(_name)!, output, parsed.GetValue(_note) ?? "", stop.Token);
        }
        catch (OperationCanceledException)
        {
            Terminal.Status.Clear();
            Console.Error.WriteLine("Stopped; nothing was written.");
            return ExitCode.Cancelled;
        }
        Terminal.Status.Clear();
        if (!parsed.GetValue(_json))
            Write(entry, result);
        var comparisons = _questions.Data(parsed) is null ? [] : Compare(parsed, model, entry, parts, folders, load, stop);
        if (parsed.GetValue(_json))
            Console.Out.WriteLine(ToJson(entry, result, comparisons));
        else if (comparisons.Count > 0)
            AdapterText.WriteMerged(Terminal.Output, comparisons, entry.Id);
        return ExitCode.Success;
    }

    private MergeSettings Settings(ParseResult parsed)
    {
        var method = Enum.Parse<MergeMethod>(parsed.GetValue(_method)!, ignoreCase: true);
        if (parsed.GetValue(_density) is { } given && method != MergeMethod.Ties)
            throw new InputException(
                string.Create(CultureInfo.InvariantCulture, $"--density {given}: has an effect only with --method ties; omit it")
            );
        var settings = new MergeSettings { Method = method, Rank = parsed.GetValue(_rank) };
        settings = parsed.GetValue(_density) is { } density ? settings with { Density = density } : settings;
        settings.Validate();
        return settings;
    }

    // A path may contain an equals sign: what follows the last one is a weight only if it is a number and the rest is an adapter.
    private static (string Name, double Weight) Part(string text)
    {
        var at = text.LastIndexOf('=');
        if (at < 0 || Path.Exists(text))
            return (text, 1);
        if (
            !double.TryParse(text.AsSpan(at + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var weight)
            || !double.IsFinite(weight)
        )
            throw new InputException($"{text}: {text[(at + 1)..]} is not a number; give ADAPTER=WEIGHT, such as drawings=0.5");
        return (text[..at], weight);
    }

    private static void Write(AdapterEntry entry, MergeResult result)
    {
        var table = new Table().RoundedBorder().AddColumn(Terminal.Escape(entry.Id)).AddColumn(new TableColumn("").RightAligned());
        table.AddRow("weights with an update", result.Modules.Count.ToString("N0", CultureInfo.InvariantCulture));
        table.AddRow("rank", result.Rank.ToString(CultureInfo.InvariantCulture));
        if (result.Method == MergeMethod.Linear)
        {
            table.AddRow(
                "numbers equal in float32",
                string.Create(CultureInfo.InvariantCulture, $"{result.Count - result.Different:N0} of {result.Count:N0}")
            );
            table.AddRow("beyond the rounding of the factors", "0"); // otherwise it is refused
            table.AddRow("relative error", Relative(result.RelativeError));
        }
        else
        {
            table.AddRow("relative error, all weights", Relative(result.RelativeError));
            table.AddRow("predicted by the singular values", Relative(result.PredictedError));
            var worst = result.Modules.MaxBy(m => m.RelativeError)!;
            table.AddRow(Terminal.Escape($"largest: {worst.Key}"), Relative(worst.RelativeError));
        }
        Terminal.Output.Write(table);
        Console.Out.WriteLine(
            $"wrote {entry.Folder}; {AdapterMerge.RecordName} in it has the error of each weight. Read back, it has the factors that were "
                + "compared."
        );
    }

    private List<(string Part, EvaluationResult Result)> Compare(
        ParseResult parsed,
        string model,
        AdapterEntry entry,
        List<(string Name, double Weight)> parts,
        List<string> folders,
        AdapterLoadOptions load,
        StopSignal stop
    )
    {
        List<(string Name, string Folder)> all =
        [
            (AdapterReference.Base, ""),
            .. parts.Select((p, i) => (p.Name, folders[i])),
            (entry.Id, entry.Folder),
        ];
        var trial = _questions.Measure(parsed, model, all, load, stop);
        return [.. all.Take(all.Count - 1).Select(a => (a.Name, trial.Compare(a.Name, entry.Id)))];
    }

    private static string ToJson(AdapterEntry entry, MergeResult result, List<(string Part, EvaluationResult Result)> comparisons) =>
        JsonSerializer.Serialize(
            new
            {
                adapter = entry.Id,
                entry.Folder,
                result.Method,
                result.Rank,
                result.Count,
                result.Different,
                result.RelativeError,
                result.PredictedError,
                result.Modules,
                Comparisons = comparisons.Select(c => new { With = c.Part, Result = c.Result }),
            },
            Json
        );

    private static string Relative(double value) => value.ToString("0.0E+00", CultureInfo.InvariantCulture);

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter<MergeMethod>(JsonNamingPolicy.SnakeCaseLower) },
    };
}
