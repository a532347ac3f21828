using System.CommandLine;
using System.Globalization;
using Litre.Cli.Rendering;
using Litre.Privacy.Reports;

namespace Litre.Cli.Commands;

/// <summary>Where a proof is written and how it is shown.</summary>
internal sealed class PrivacyOutput
{
    private readonly Option<string?> _output = new("--output")
    {
        Description = "The folder of the report; it must be new or empty. Default: privacy-TIME in the current folder.",
    };
    private readonly Option<bool> _json = new("--json") { Description = "Print the report as JSON." };

    public PrivacyOutput(Command command)
    {
        command.Options.Add(_output);
        command.Options.Add(_json);
    }

    /// <summary>The folder of the report.</summary>
    public string Folder(ParseResult parsed) =>
        parsed.GetValue(_output) ?? string.Create(CultureInfo.InvariantCulture, $"privacy-{DateTime.Now:yyyyMMdd-HHmmss}");

    /// <summary>Prints the report and returns its exit code.</summary>
    public int Show(PrivacyReport report, string page, ParseResult parsed)
    {
        if (parsed.GetValue(_json))
            Console.Out.WriteLine(ReportJson.Write(report));
        else
            PrivacyConsole.Write(Terminal.Output, report, page);
        return report.ExitCode;
    }
}
