using System.Diagnostics;

namespace Litre.Cli.Tests.Documents;

/// <summary>One complete command of a shell block, which may extend over several lines.</summary>
/// <param name="Document">The document's path from the root.</param>
/// <param name="Line">The number of its first line, from 1.</param>
/// <param name="Text">The lines as they are in the document.</param>
internal sealed record ShellCommand(string Document, int Line, string Text)
{
    /// <summary>Every command of a document's shell blocks, in its order.</summary>
    public static IReadOnlyList<ShellCommand> In(string document) =>
        [.. Fence.In(document).Where(fence => fence.Language == Fence.Shell).SelectMany(In)];

    public static IEnumerable<ShellCommand> In(Fence fence)
    {
        var text = "";
        var first = 0;
        for (var i = 0; i < fence.Lines.Count; i++)
        {
            var line = fence.Lines[i];
            if (text.Length == 0)
            {
                if (line.Trim().Length == 0 || line.TrimStart().StartsWith('#'))
                    continue;
                first = i;
            }
            text += line + "\n";
            if (i + 1 < fence.Lines.Count && !IsComplete(text))
                continue;
            yield return new ShellCommand(fence.Document, fence.Line + 1 + first, text.TrimEnd('\n'));
            text = "";
        }
    }

    public override string ToString() => $"{Document}:{Line}: {Text}";

    // The shell itself knows where quotes, loops and here-documents end.
    private static bool IsComplete(string text)
    {
        if (text.EndsWith("\\\n", StringComparison.Ordinal))
            return false;
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-n", "-c", text]) { RedirectStandardError = true })!;
        var complaint = bash.StandardError.ReadToEnd();
        bash.WaitForExit();
        return bash.ExitCode == 0 && complaint.Length == 0;
    }
}
