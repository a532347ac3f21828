using System.CommandLine;
using System.Globalization;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Core.Files;
using Litre.Evaluation;
using Litre.Library;
using Litre.Library.Comparison;
using Litre.Library.Entries;
using Litre.Model.Hub;
using Litre.Model.Lora;
using Spectre.Console;

namespace Litre.Cli.Commands;

/// <summary><c>litre adapter diff</c>: what differs between two adapters, and how they answer the same questions.</summary>
internal sealed class AdapterDiffCommand : Command
{
    private const int Shown = 5;
    private const string Which = "A name of the library, a folder of an adapter or run, or base for the model without an adapter.";

    private readonly Argument<string> _a = LibraryArguments.Adapter("A", Which);
    private readonly Argument<string> _b = LibraryArguments.Adapter("B", Which);
    private readonly Option<string?> _model = new("--model")
    {
        Description = "The base checkpoint's folder. Default: the one that the adapter was trained on.",
    };
    private readonly Option<bool> _otherBase = AdapterOptions.OtherBaseOption();
    private readonly QuestionOptions _questions;
    private readonly Option<string?> _output = new("--output")
    {
        Description = "Folder for comparison.json and differences.jsonl, a row for each question. Default: a new folder in runs/.",
    };
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public AdapterDiffCommand()
        : base("diff", "Compares two adapters: settings and data, and with --data their answers to the same questions, by a paired test.")
    {
        Arguments.Add(_a);
        Arguments.Add(_b);
        Options.Add(_model);
        Options.Add(_otherBase);
        _questions = new QuestionOptions(
            this,
            "A data folder or file of questions that both answer. Without it, only entries are compared."
        );
        Options.Add(_output);
        Options.Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        using var stop = new StopSignal("stopping; no results are written") { ExitsImmediately = true, Exiting = StopSignal.WriteStopped };
        var library = LibraryArguments.Open();
        var (a, b) = (parsed.GetValue(_a)!, parsed.GetValue(_b)!);
        if (a == b)
            throw new InputException($"{a}: is compared with itself; name two adapters");
        AdapterEntry?[] entries = [Entry(library, a), Entry(library, b)];
        var properties = entries is [{ } left, { } right] ? EntryDifference.Find(left, right) : [];
        var data = _questions.Data(parsed);
        if (data is null && parsed.GetValue(_output) is { } without)
            throw new InputException($"--output {without}: is written only with --data; add --data, or omit it");
        var result = data is null ? null : Ask(parsed, library, [a, b], [.. entries.OfType<AdapterEntry>()], properties, stop);
        if (parsed.GetValue(_json))
        {
            Console.Out.WriteLine(ComparisonFiles.ToJson(a, b, properties, result));
            return ExitCode.Success;
        }
        WriteProperties(a, b, properties, entries);
        if (result is not null)
            WriteAnswers(a, b, result);
        return ExitCode.Success;
    }

    private static AdapterEntry? Entry(AdapterLibrary library, string reference) =>
        reference == AdapterReference.Base ? null : library.Describe(reference);

    private EvaluationResult Ask(
        ParseResult parsed,
        AdapterLibrary library,
        string[] names,
        List<AdapterEntry> entries,
        IReadOnlyList<EntryDifference> properties,
        StopSignal stop
    )
    {
        var output = parsed.GetValue(_output) ?? DefaultOutput();
        OutputPlace.RefuseAmong("output", output, "data", _questions.Data(parsed)!);
        if (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any())
            throw new InputException("output", output, "is not empty", "give a folder that does not exist yet");
        var model = ModelFolder.Resolve(LibraryArguments.Model(parsed.GetValue(_model), entries));
        var trial = _questions.Measure(
            parsed,
            model,
            [.. names.Select(n => (n, n == AdapterReference.Base ? "" : library.Resolve(n)))],
            new AdapterLoadOptions { AllowOtherBase = parsed.GetValue(_otherBase), Log = OptionText.WriteError },
            stop
        );
        var result = trial.Compare(names[0], names[1]);
        ComparisonFiles.Write(output, names[0], names[1], properties, result);
        Console.Error.WriteLine($"All answers: {Path.Combine(output, ComparisonFiles.RowsName)}");
        return result;
    }

    private static void WriteProperties(string a, string b, IReadOnlyList<EntryDifference> properties, AdapterEntry?[] entries)
    {
        if (entries.Any(e => e is null))
            return;
        if (properties.Count == 0)
        {
            Console.Out.WriteLine("The adapters have the same files, base, data and settings.");
            return;
        }
        var table = new Table().RoundedBorder().AddColumns("differs", Terminal.Escape(a), Terminal.Escape(b));
        foreach (var property in properties)
            table.AddRow(Terminal.Escape(property.Name), Terminal.Escape(property.A), Terminal.Escape(property.B));
        Terminal.Output.Write(table);
    }

    private static void WriteAnswers(string a, string b, EvaluationResult result)
    {
        AdapterText.WriteComparison(Terminal.Output, result, a, b);
        var changes = result.Answers.GroupBy(ComparisonFiles.Change).ToDictionary(g => g.Key, g => g.Count());
        Console.Out.WriteLine(
            $"{b} compared with {a}, by question: "
                + string.Join(", ", changes.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Value} {c.Key}"))
        );
        foreach (var answer in result.Answers.Where(r => ComparisonFiles.Change(r) is "better" or "worse").Take(Shown))
        {
            Console.Out.WriteLine($"  {ComparisonFiles.Change(answer)}: {answer.Question.ReplaceLineEndings(" ")}");
            Console.Out.WriteLine($"    {a}: {answer.BaseAnswer?.ReplaceLineEndings(" ")}");
            Console.Out.WriteLine($"    {b}: {answer.TunedAnswer?.ReplaceLineEndings(" ")}");
        }
    }

    private static string DefaultOutput() =>
        Path.Combine("runs", $"diff-{DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}");
}
