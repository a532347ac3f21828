using System.CommandLine;
using System.Globalization;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Library;
using Litre.Library.Entries;
using Litre.Training.Tuning;
using Spectre.Console;

namespace Litre.Cli.Commands;

/// <summary><c>litre adapter show</c>: everything that is known of one adapter, including what it was made from.</summary>
internal sealed class AdapterShowCommand : Command
{
    private const int LongestLineage = 100;

    private readonly Argument<string> _adapter = LibraryArguments.Adapter(
        "ADAPTER",
        "NAME, NAME@VERSION or NAME:TAG of the library, or a folder of an adapter or run."
    );
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public AdapterShowCommand()
        : base("show", "Shows everything about an adapter: files, base, data, scores, recipe and what it was made from.")
    {
        Arguments.Add(_adapter);
        Options.Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var library = LibraryArguments.Open();
        var entry = library.Describe(parsed.GetValue(_adapter)!);
        var tags = library.Tags(entry);
        if (parsed.GetValue(_json))
        {
            Console.Out.WriteLine(AdapterText.Json(entry, tags).ToJsonString(AdapterText.Layout));
            return ExitCode.Success;
        }
        var table = new Table().RoundedBorder().AddColumn(Terminal.Escape(entry.Id)).AddColumn("");
        foreach (var (name, value) in Rows(entry, tags).Where(r => r.Value.Length > 0))
            table.AddRow(Terminal.Escape(name), Terminal.Escape(value));
        Terminal.Output.Write(table);
        WriteLineage(entry, library.Entries());
        WriteState(entry);
        return ExitCode.Success;
    }

    private static IEnumerable<(string Name, string Value)> Rows(AdapterEntry entry, IReadOnlyList<string> tags)
    {
        yield return ("tags", string.Join(", ", tags));
        yield return ("note", entry.Note);
        yield return ("folder", entry.Folder + (entry.IsCopy ? " (the library's copy)" : ""));
        yield return ("registered from", entry.Source is { } source && source != entry.Folder ? source : "");
        yield return (
            "registered",
            entry.Version == 0
                ? "no; litre adapter add registers it"
                : entry.Registered.LocalDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)
                    + $", litre {entry.LitreVersion}"
        );
        yield return ("base", entry.Base is { } known ? $"{known.Name}, fingerprint {known.Fingerprint.Short}" : "");
        yield return ("base folder", entry.Model ?? "");
        yield return ("data", entry.Data ?? "");
        yield return ("data fingerprint", entry.DataFingerprint ?? "");
        yield return ("score", AdapterText.Score(entry.Scores) is var score && score == "–" ? "" : score);
        yield return ("confidence", AdapterText.Confidence(entry.Scores) ?? "");
        yield return (
            "held-out loss",
            entry.Scores is { Loss: { } loss } scores
                ? string.Create(CultureInfo.InvariantCulture, $"{loss:0.0000} after step {scores.Step}, base {scores.BaseLoss:0.0000}")
                : ""
        );
        yield return (
            "rank",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{entry.Shape.Rank}, alpha {entry.Shape.Alpha}{(entry.Shape.RankStabilized ? ", rank-stabilized" : "")}"
            )
        );
        yield return ("targets", string.Join(", ", entry.Shape.Targets));
        yield return ("merged by", entry.Merge ?? "");
        foreach (var file in entry.Files)
            yield return (file.Name, $"{file.Bytes.ToString("N0", CultureInfo.InvariantCulture)} bytes, sha256 {file.Sha256}");
        var defaults = new TuneSettings();
        var changed = RecipeFields.All.Where(f => entry.Recipe.TryGetValue(f.Name, out var value) && value != f.Get(defaults));
        foreach (var field in changed.Where(f => f.Name is not ("model" or "data" or "output" or "note" or "adapter-name")))
            yield return (field.Name, entry.Recipe[field.Name]);
    }

    private static void WriteLineage(AdapterEntry entry, IReadOnlyList<AdapterEntry> entries)
    {
        if (entry.Parents.Count == 0)
            return;
        Console.Out.WriteLine("Made from:");
        var lines = 0;
        Write(entry, 1);

        void Write(AdapterEntry child, int depth)
        {
            foreach (var parent in child.Parents)
            {
                if (lines++ == LongestLineage)
                    return;
                var weight = parent.Weight is { } factor
                    ? string.Create(CultureInfo.InvariantCulture, $" (weight {factor})")
                    : " (continued)";
                Console.Out.WriteLine($"{new string(' ', 2 * depth)}{parent.Adapter}{weight}");
                // Versions are older than what was made from them, so this ends; a damaged library cannot make it endless.
                if (depth < LongestLineage && entries.FirstOrDefault(e => e.Id == parent.Adapter) is { } known)
                    Write(known, depth + 1);
            }
        }
    }

    private static void WriteState(AdapterEntry entry)
    {
        try
        {
            AdapterLibrary.Check(entry);
            Console.Out.WriteLine("The files have the hashes above.");
        }
        catch (InputException e)
        {
            OptionText.WriteError($"warning: {e.Message}");
        }
    }
}
