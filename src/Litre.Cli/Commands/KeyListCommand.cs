using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Litre.Access.Keys;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Spectre.Console;

namespace Litre.Cli.Commands;

/// <summary><c>litre key list</c>: the keys, without their secrets.</summary>
internal sealed class KeyListCommand : Command
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public KeyListCommand()
        : base("list", "Lists the API keys with the time of their last use.")
    {
        Options.Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var keys = KeyStore.Open().Keys;
        if (parsed.GetValue(_json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(new { keys }, Json));
            return ExitCode.Success;
        }
        if (keys.Count == 0)
        {
            Console.Out.WriteLine("There are no keys. Create one with: litre key new NAME");
            return ExitCode.Success;
        }
        var table = new Table().RoundedBorder().AddColumns("name", "may", "created", "last used");
        foreach (var key in keys)
            table.AddRow(
                Terminal.Escape(key.Name),
                key.IsAdmin ? "ask, load adapters" : "ask",
                Date(key.Created),
                key.LastUsed is { } used ? Date(used) : "never"
            );
        Terminal.Output.Write(table);
        return ExitCode.Success;
    }

    private static string Date(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
