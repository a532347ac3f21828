using System.Diagnostics;
using Litre.Cli.Completion;

namespace Litre.Cli.Tests.Completion;

public sealed class CompletionScriptTests
{
    [Theory]
    [InlineData("litre tun", "tune")]
    [InlineData("litre tune --learn", "--learning-rate")]
    [InlineData("./litre data ch", "check")]
    [InlineData("litre export --to m", "merged")]
    [InlineData("litre tune --schedule c", "cosine|constant")]
    [InlineData("litre tune --data /", "")]
    public void Bash_Line_IsCompletedByTheProgram(string line, string expected)
    {
        if (!File.Exists("/bin/bash"))
            return;
        // The launcher's place is taken by a function of its name: completion calls whatever the first word is.
        var program = $"litre() {{ '{DotnetPath}' '{Path.Combine(AppContext.BaseDirectory, "litre.dll")}' \"$@\"; }}\n";
        var words = line.Split(' ');
        var script =
            program
            + CompletionScript.Bash.Replace("\"${COMP_WORDS[0]/#\\~/$HOME}\"", "litre")
            + $"\nCOMP_LINE='{line}' COMP_POINT={line.Length} COMP_WORDS=({line}) "
            + $"COMP_CWORD={words.Length - 1}\n_litre litre '{words[^1]}' ''\nIFS='|'; echo \"${{COMPREPLY[*]}}\"\n";
        using var bash = Process.Start(new ProcessStartInfo("/bin/bash", ["--norc", "-c", script]) { RedirectStandardOutput = true })!;
        var found = bash.StandardOutput.ReadToEnd().TrimEnd('\n').Split('|').Order(StringComparer.Ordinal);
        bash.WaitForExit();
        Assert.Equal(expected.Split('|').Order(StringComparer.Ordinal), found);
    }

    private static string DotnetPath =>
        Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet";
}
