using System.Globalization;
using System.Text;

namespace Litre.Privacy.Reports;

/// <summary>The report as one HTML page, which loads nothing.</summary>
public static class PrivacyPage
{
    private const int ShownSum = 16; // characters of a sum that the page shows; the JSON file has all

    public static string Write(PrivacyReport report)
    {
        var html = new StringBuilder();
        html.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">")
            .Append("<title>Litre: privacy report</title><style>")
            .Append(PageStyle.Css)
            .Append("</style></head><body>");
        html.Append("<header><div class=\"brand\">Litre <span>privacy report</span></div><h1>What left this machine</h1><p class=\"sub\">")
            .Append(
                PageText.Of(
                    $"{report.Date.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC · {report.Machine.System}"
                )
            )
            .Append(PageText.Of($" · Linux {report.Machine.Kernel} · {report.Machine.Architecture}"))
            .Append("</p></header><main>");
        html.Append(CultureInfo.InvariantCulture, $"<div class=\"verdict {report.Verdict.ToString().ToLowerInvariant()}\">")
            .Append(PageText.Of(report.Summary))
            .Append("</div>");
        Facts(html, report);
        Proof(html, report.Proof);
        Steps(html, report.Steps);
        Network(html, report);
        PageFiles.Write(html, report);
        Programs(html, report);
        return html.Append("</main></body></html>\n").ToString();
    }

    private static void Facts(StringBuilder html, PrivacyReport report)
    {
        html.Append("<dl class=\"facts\">");
        var isTraced = report.Proof.Observation == "trace";
        Fact("Outside addresses", isTraced ? Count(report.Outside.Count) : "refused", report.Outside.Count > 0);
        Fact("Name lookups", isTraced ? Count(report.NameLookups.Count) : "refused", report.NameLookups.Count > 0);
        if (isTraced)
        {
            var unexpected = report.Files.Where(folder => folder.Scope == "unexpected").Sum(folder => folder.Files.Count);
            Fact("Files elsewhere", Count(unexpected), unexpected > 0);
            Fact("Files changed", Count(report.Files.Where(folder => folder.Scope != "kernel").Sum(folder => folder.Files.Count)), false);
        }
        Fact("Commands", Count(report.Steps.Count(step => step.Result != "skipped")), false);
        Fact("Exit code", Count(report.ExitCode), report.ExitCode != 0);
        html.Append("</dl>");

        void Fact(string name, string value, bool isBad) =>
            html.Append(CultureInfo.InvariantCulture, $"<div{(isBad ? " class=\"bad\"" : "")}><dt>{name}</dt><dd>{value}</dd></div>");
    }

    private static void Proof(StringBuilder html, ProofFacts proof)
    {
        html.Append("<h2>How it was proven</h2><ul>");
        foreach (var sentence in proof.Meaning)
            html.Append("<li>").Append(PageText.Sentence(sentence)).Append("</li>");
        html.Append("</ul>");
        foreach (var limit in proof.Limits)
            html.Append("<p class=\"warning\">").Append(PageText.Sentence(limit)).Append("</p>");
        html.Append("<p class=\"note\">It was tried first with a program that attempts to leave the machine on purpose. Caught: ");
        html.Append(PageText.Sentence(string.Join("; ", proof.Trial))).Append(".</p>");
    }

    private static void Steps(StringBuilder html, IReadOnlyList<StepFacts> steps)
    {
        html.Append("<h2>Commands</h2><div class=\"card\"><table><thead><tr><th>Step</th><th>Command</th><th>Result</th>")
            .Append("<th class=\"num\">Time</th><th class=\"num\">Calls examined</th></tr></thead><tbody>");
        foreach (var step in steps)
        {
            html.Append("<tr><td class=\"name\">")
                .Append(PageText.Of(step.Name))
                .Append("</td><td><code>")
                .Append(PageText.Of(step.Command))
                .Append("</code>");
            if (step.Note is { } note)
                html.Append("<small>").Append(PageText.Sentence(note)).Append("</small>");
            var style = step.Result switch
            {
                "passed" => "good",
                "failed" => "bad",
                _ => "note",
            };
            html.Append(CultureInfo.InvariantCulture, $"</td><td data-label=\"Result\"><span class=\"{style}\">{step.Result}</span></td>")
                .Append(CultureInfo.InvariantCulture, $"<td class=\"num\" data-label=\"Time\">{step.Seconds:0.0} s</td>")
                .Append(CultureInfo.InvariantCulture, $"<td class=\"num\" data-label=\"Calls\">{step.Calls:N0}</td></tr>");
        }
        html.Append("</tbody></table></div>");
    }

    private static void Network(StringBuilder html, PrivacyReport report)
    {
        if (report.Proof.Observation != "trace")
            return;
        Addresses(html, "Addresses outside of this machine", report.Outside, "None was asked for.");
        Addresses(html, "Name lookups", report.NameLookups, "None was attempted.");
        Addresses(html, "Loopback", report.Loopback, "None. These addresses cannot leave the machine.");
        Addresses(html, "Unix sockets", report.UnixSockets, "None. They connect programs of this machine only.");
        if (report.UnixSockets.Count > 0)
            html.Append("<p class=\"note\">Unix sockets connect programs of this machine only. Those named dotnet-diagnostic are .NET's ")
                .Append("own, for debuggers of the same user.</p>");
    }

    private static void Addresses(StringBuilder html, string title, IReadOnlyList<AddressFacts> addresses, string none)
    {
        html.Append("<h2>").Append(title).Append("</h2>");
        if (addresses.Count == 0)
        {
            html.Append("<p>").Append(none).Append("</p>");
            return;
        }
        html.Append("<div class=\"card\"><table><thead><tr><th>Address</th><th>Call</th><th>Program</th><th>Step</th>")
            .Append("<th class=\"num\">Times</th></tr></thead><tbody>");
        foreach (var address in Patterns(addresses))
            html.Append("<tr><td><code>")
                .Append(PageText.Of(address.Address))
                .Append("</code></td><td data-label=\"Call\">")
                .Append(PageText.Of(address.Action + (address.Refused ? ", refused" : "")))
                .Append("</td><td data-label=\"Program\">")
                .Append(PageText.Of(string.Join(", ", address.Programs)))
                .Append("</td><td data-label=\"Step\">")
                .Append(PageText.Of(string.Join(", ", address.Steps)))
                .Append(CultureInfo.InvariantCulture, $"</td><td class=\"num\" data-label=\"Times\">{address.Count:N0}</td></tr>");
        html.Append("</tbody></table></div>");
    }

    private static void Programs(StringBuilder html, PrivacyReport report)
    {
        html.Append(
            "<h2>Programs</h2><div class=\"card\"><table><thead><tr><th>Program</th><th>Version</th><th>SHA-256</th></tr></thead><tbody>"
        );
        foreach (var program in report.Programs)
            html.Append("<tr><td><code>")
                .Append(PageText.Of(program.Path))
                .Append("</code></td><td data-label=\"Version\">")
                .Append(PageText.Of(program.Version ?? "not known"))
                .Append("</td><td data-label=\"SHA-256\"><code title=\"")
                .Append(PageText.Of(program.Sha256))
                .Append("\">")
                .Append(PageText.Of(program.Sha256[..ShownSum]))
                .Append("…</code></td></tr>");
        html.Append("</tbody></table></div><p class=\"note\">")
            .Append(PageText.Of($".NET {report.Machine.Runtime}. report.json has the complete sums. "))
            .Append("A folder's sum is that of the list of its files' sums.")
            .Append("</p>");
    }

    // Numbers of processes make many names of one.
    private static IEnumerable<AddressFacts> Patterns(IReadOnlyList<AddressFacts> addresses) =>
        addresses
            .GroupBy(address => (Name: address.Address.StartsWith('/') ? NamePattern.Of(address.Address) : address.Address, address.Action))
            .Select(group =>
                group.First() with
                {
                    Address = group.Key.Name,
                    Count = group.Sum(address => address.Count),
                    Programs = [.. group.SelectMany(address => address.Programs).Distinct()],
                    Steps = [.. group.SelectMany(address => address.Steps).Distinct()],
                }
            );

    private static string Count(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
