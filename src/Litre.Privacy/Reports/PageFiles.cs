using System.Text;
using Litre.Core;

namespace Litre.Privacy.Reports;

/// <summary>The page's section about files: a fold for each scope, with a line for each folder.</summary>
internal static class PageFiles
{
    private static readonly (string Scope, string Title)[] Scopes =
    [
        ("unexpected", "Not expected"),
        ("expected", "Expected folders"),
        ("temporary", "Temporary files"),
        ("kernel", "Devices and the kernel"),
    ];

    public static void Write(StringBuilder html, PrivacyReport report)
    {
        html.Append("<h2>Files written, created, renamed or deleted</h2>");
        if (report.Proof.Observation != "trace")
        {
            html.Append("<p>Not known without a trace.</p>");
            return;
        }
        html.Append("<p class=\"note\">What was asked for, whether or not the call succeeded. * stands for numbers and random names; ")
            .Append("report.json lists every file.</p><div class=\"card\">");
        foreach (var (scope, title) in Scopes)
        {
            var folders = report.Files.Where(folder => folder.Scope == scope).ToList();
            if (folders.Count > 0)
                Scope(html, title, scope == "unexpected", folders);
        }
        html.Append("</div>");
    }

    private static void Scope(StringBuilder html, string title, bool isBad, List<FolderFacts> folders)
    {
        html.Append(isBad ? "<details open><summary class=\"bad\">" : "<details><summary>")
            .Append(title)
            .Append(" <span>")
            .Append(PageText.Of(Units.Count(folders.Sum(folder => folder.Files.Count), "file")))
            .Append(PageText.Of($" in {Units.Count(folders.Count, "folder")} · "))
            .Append(PageText.Of(string.Join(", ", folders.SelectMany(folder => folder.Steps).Distinct())))
            .Append("</span></summary><table><tbody>");
        foreach (var group in folders.GroupBy(folder => NamePattern.Of(folder.Folder)))
        {
            html.Append("<tr><td><code>")
                .Append(PageText.Of(group.Key))
                .Append("</code><small>")
                .Append(PageText.Of(string.Join(", ", group.SelectMany(folder => folder.Steps).Distinct())))
                .Append("</small></td><td>");
            Lines(html, group.SelectMany(folder => folder.Files));
            html.Append("</td></tr>");
        }
        html.Append("</tbody></table></details>");
    }

    private static void Lines(StringBuilder html, IEnumerable<FileFacts> files)
    {
        html.Append("<ul>");
        var kinds = files.GroupBy(file =>
            (
                Name: NamePattern.Of(file.Name),
                Actions: string.Join(", ", file.Actions.Order(StringComparer.Ordinal)),
                Programs: string.Join(", ", file.Programs)
            )
        );
        foreach (var kind in kinds)
            html.Append("<li><code>")
                .Append(PageText.Of(kind.Key.Name))
                .Append("</code> ")
                .Append(PageText.Of(kind.Count() == 1 ? "" : $"({kind.Count()} files) "))
                .Append(PageText.Of($"{kind.Key.Actions}, by {kind.Key.Programs}"))
                .Append("</li>");
        html.Append("</ul>");
    }
}
