using System.CommandLine;
using System.Text.Json;
using Litre.Access.Audit;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;

namespace Litre.Cli.Commands;

/// <summary><c>litre audit verify</c>: checks that no line of the audit log was edited, removed, added or moved.</summary>
internal sealed class AuditVerifyCommand : Command
{
    private const int HashLength = 64;
    private const int MostFindings = 20;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    private readonly Option<string?> _head = new("--head")
    {
        Description = "The head that an earlier verification printed and that was noted on another machine. The log must continue it.",
        HelpName = "HASH",
    };
    private readonly Option<string?> _folder = new("--folder")
    {
        Description = "The log to verify, such as a copy. Default: that of this user.",
    };
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public AuditVerifyCommand()
        : base("verify", "Checks that no line of the audit log was edited, removed, added or moved.")
    {
        foreach (var option in (Option[])[_head, _folder, _json])
            Options.Add(option);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var head = parsed.GetValue(_head);
        if (head is not null && (head.Length != HashLength || !head.All(char.IsAsciiHexDigit)))
            throw new InputException(
                $"--head {head}: expected the {HashLength} hexadecimal digits that litre audit verify printed as the head"
            );
        var found = AuditLog.Verify(parsed.GetValue(_folder), head);
        if (parsed.GetValue(_json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(found, Json));
            return found.IsIntact ? ExitCode.Success : ExitCode.CheckFailed;
        }
        foreach (var note in found.Notes.Take(MostFindings))
            Terminal.Output.Line($"note: {note}");
        foreach (var finding in found.Findings.Take(MostFindings))
            Terminal.Output.Line(finding.ToString());
        if (found.Findings.Count > MostFindings)
            Terminal.Output.Line($"and {found.Findings.Count - MostFindings} more");
        var size = $"{Units.Count((int)Math.Min(found.Lines, int.MaxValue), "line")} in {Units.Count(found.Files, "file")}";
        if (!found.IsIntact)
        {
            Terminal.Output.Line($"The audit log is damaged: {Units.Count(found.Findings.Count, "finding")} in {size}.");
            return ExitCode.CheckFailed;
        }
        Terminal.Output.Line($"The audit log is intact: {size}.");
        Terminal.Output.Line($"head: {found.Sha256}");
        if (head is null)
            Terminal.Output.Line(
                "Note the head on another machine: with --head, the next verification proves that nothing was cut off before it."
            );
        else
            Terminal.Output.Line("It continues the head that was given.");
        return ExitCode.Success;
    }
}
