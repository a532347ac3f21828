using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Litre.Access.Audit;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;

namespace Litre.Cli.Commands;

/// <summary><c>litre audit show</c>: the lines of the audit log.</summary>
internal sealed class AuditShowCommand : Command
{
    private readonly Option<string?> _since = new("--since")
    {
        Description = "Only what happened since then: a date, a date and time, or an age such as 30m, 12h or 7d.",
        HelpName = "TIME",
    };
    private readonly Option<string?> _key = new("--key") { Description = "Only what concerns the key of this name, or with this id." };
    private readonly Option<string?> _folder = new("--folder")
    {
        Description = "The log to show, such as a copy. Default: that of this user.",
    };
    private readonly Option<bool> _json = new("--json") { Description = "Print the lines as they are in the log." };

    public AuditShowCommand()
        : base("show", "Shows the audit log.")
    {
        foreach (var option in (Option[])[_since, _key, _folder, _json])
            Options.Add(option);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var since = parsed.GetValue(_since) is { } text ? ParseTime(text, DateTimeOffset.Now) : DateTimeOffset.MinValue;
        var key = parsed.GetValue(_key);
        var damaged = 0;
        foreach (var record in AuditLog.Read(parsed.GetValue(_folder)))
        {
            if (record.Problem is not null)
                damaged++;
            if (record.Fields.ValueKind != JsonValueKind.Object || Time(record) < since)
                continue;
            if (key is not null && record.Text("key") != key && record.Text("key_id") != key)
                continue;
            Terminal.Output.Line(parsed.GetValue(_json) ? record.Fields.GetRawText() : Describe(record));
        }
        if (damaged > 0)
            Console.Error.WriteLine($"{Units.Count(damaged, "line")} of the log were changed or are missing; see `litre audit verify`");
        return ExitCode.Success;
    }

    /// <summary>The time that an option names.</summary>
    internal static DateTimeOffset ParseTime(string text, DateTimeOffset now)
    {
        if (
            text.Length > 1
            && double.TryParse(
                text.AsSpan(0, text.Length - 1),
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var amount
            )
        )
            switch (text[^1])
            {
                case 'm' when amount < 1e7:
                    return now.AddMinutes(-amount);
                case 'h' when amount < 1e6:
                    return now.AddHours(-amount);
                case 'd' when amount < 1e5:
                    return now.AddDays(-amount);
            }
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time)
            ? time
            : throw new InputException(
                $"--since {text}: expected a date (2026-11-28), a date and time (2026-11-28T14:00), or an age (12h, 7d)"
            );
    }

    private static DateTimeOffset Time(AuditRecord record) =>
        DateTimeOffset.TryParse(record.Text("time"), CultureInfo.InvariantCulture, out var time) ? time : DateTimeOffset.MinValue;

    private static string Describe(AuditRecord record)
    {
        var what = record.Text("kind") switch
        {
            "request" => Join(
                record.Text("key") ?? "no key",
                record.Text("adapter") ?? record.Text("model"),
                record.Text("endpoint"),
                Number("status"),
                Number("prompt_tokens") is { } prompt ? $"{prompt}+{Number("new_tokens")} tokens" : null,
                record.Text("end"),
                $"{Number("seconds")} s"
            ),
            "run_started" => $"{record.Text("data")} -> {record.Text("output")}",
            "run_ended" => Join(record.Text("output"), record.Text("end"), Number("steps") is { } steps ? $"after {steps} steps" : null),
            "recovered" => Join(record.Text("damage"), record.Text("incomplete")),
            "server_started" or "server_stopped" => Join(record.Text("version"), record.Text("model")),
            _ => Join(record.Text("key"), record.Text("adapter"), record.Text("path")),
        };
        var time = Time(record).ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        return $"{time}  {record.Text("kind"), -16}  {what}{(record.Problem is null ? "" : "  (damaged)")}";

        string? Number(string field) =>
            record.Fields.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Number
                ? value.GetDouble().ToString("0.##", CultureInfo.InvariantCulture)
                : null;
    }

    private static string Join(params string?[] parts) => string.Join("  ", parts.Where(part => !string.IsNullOrEmpty(part)));
}
