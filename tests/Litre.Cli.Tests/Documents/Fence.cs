using System.Text.RegularExpressions;

namespace Litre.Cli.Tests.Documents;

/// <summary>A fenced block of a document.</summary>
/// <param name="Document">The document's path from the root.</param>
/// <param name="Line">The number of the opening line, from 1.</param>
/// <param name="Language">The word after the opening backquotes, or nothing.</param>
/// <param name="Lines">What is between the fences, without the indentation of the opening line.</param>
internal sealed partial record Fence(string Document, int Line, string Language, IReadOnlyList<string> Lines)
{
    /// <summary>The language of blocks that are run.</summary>
    public const string Shell = "sh";

    /// <summary>Documents for users and engineers. The logs and the old runs describe commands as they were.</summary>
    public static IEnumerable<string> Documents =>
        SourceTree
            .Files.Where(file =>
                file.EndsWith(".md", StringComparison.Ordinal)
                && file is not ("docs/log.md" or "CHANGELOG.md" or "tests/compatibility/README.md")
            )
            .Order(StringComparer.Ordinal);

    /// <summary>Every fenced block of a document, in its order.</summary>
    public static IReadOnlyList<Fence> In(string document) => In(document, SourceTree.Read(document));

    public static IReadOnlyList<Fence> In(string document, string text)
    {
        var fences = new List<Fence>();
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (Opening().Match(lines[i]) is not { Success: true } opening)
                continue;
            var (indent, marks) = (opening.Groups["indent"].Length, opening.Groups["marks"].Value);
            var begin = i + 1;
            var end = begin;
            while (end < lines.Length && !IsClosing(lines[end], marks))
                end++;
            fences.Add(
                new Fence(document, i + 1, opening.Groups["language"].Value, [.. lines[begin..end].Select(line => Unindent(line, indent))])
            );
            i = end;
        }
        return fences;
    }

    private static bool IsClosing(string line, string marks)
    {
        var text = line.Trim();
        return text.Length >= marks.Length && text.All(c => c == marks[0]);
    }

    private static string Unindent(string line, int indent)
    {
        var most = Math.Min(indent, line.Length);
        return line[..most].Trim(' ').Length == 0 ? line[most..] : line;
    }

    [GeneratedRegex("^(?<indent> *)(?<marks>`{3,}|~{3,}) *(?<language>[^`\\s]*)[^`]*$")]
    private static partial Regex Opening();
}
