using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Library.Entries;
using Spectre.Console;

namespace Litre.Cli.Commands;

/// <summary><c>litre adapter list</c>: all versions of all adapters.</summary>
internal sealed class AdapterListCommand : Command
{
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public AdapterListCommand()
        : base("list", "Lists the adapters of the library.")
    {
        Options.Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var library = LibraryArguments.Open();
        var entries = library.Entries();
        if (parsed.GetValue(_json))
        {
            var all = new JsonArray([.. entries.Select(e => (JsonNode)AdapterText.Json(e, library.Tags(e)))]);
            Console.Out.WriteLine(all.ToJsonString(AdapterText.Layout));
            return ExitCode.Success;
        }
        if (entries.Count == 0)
        {
            Console.Out.WriteLine(
                $"The adapter library ({library.Folder}) is empty: litre tune registers each run's best adapter when it ends,"
            );
            Console.Out.WriteLine("and litre adapter add FOLDER registers any other.");
            return ExitCode.Success;
        }
        var table = new Table().RoundedBorder().AddColumns("adapter", "tags", "base", "better than base", "rank", "size", "date", "note");
        foreach (var entry in entries)
            table.AddRow([.. Cells(entry, library.Tags(entry)).Select(Terminal.Escape)]);
        Terminal.Output.Write(table);
        return ExitCode.Success;
    }

    private static IEnumerable<string> Cells(AdapterEntry entry, IReadOnlyList<string> tags) =>
        [
            entry.Id,
            string.Join(", ", tags),
            entry.Base?.Name ?? entry.Model ?? "–",
            AdapterText.Score(entry.Scores),
            entry.Shape.Rank.ToString(CultureInfo.InvariantCulture),
            Units.MiBOrGiB(entry.Bytes),
            entry.Registered.LocalDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
            entry.Note,
        ];
}
