namespace Litre.Cli.Tests.Documents;

/// <summary>How a command of a document is run in the tests.</summary>
internal enum AdaptationKind
{
    /// <summary>It runs with changed options.</summary>
    Run,

    /// <summary>It runs, and its output is not shown to the shell.</summary>
    Quiet,

    /// <summary>It runs once; when it occurs again with the same arguments, the same output is repeated.</summary>
    Once,

    /// <summary>Another command runs in its place.</summary>
    Instead,

    /// <summary>It does not run.</summary>
    NotRun,
}

/// <summary>What makes a command of a document run in a test: on two cores, without a GPU and a network, and in seconds.</summary>
/// <param name="Begin">
/// Its first words: a program's name or a script's path, and what follows. Whole words, but for an end in <c>/</c> or <c>-</c>. The longest
/// beginning applies.
/// </param>
/// <param name="Why">The reason.</param>
internal sealed record Adaptation(string Begin, string Why)
{
    public AdaptationKind Kind { get; init; }

    /// <summary>
    /// Options that replace the command's own or are added. A <c>?</c> before an option replaces it only where it is given, a <c>!</c>
    /// removes it, and NAME=VALUE sets a variable. Of <see cref="AdaptationKind.Instead"/>, the command.
    /// </summary>
    public string Change { get; init; } = "";

    /// <summary>What a user would type.</summary>
    public string Input { get; init; } = "";

    /// <summary>The exit codes that are good.</summary>
    public string Codes { get; init; } = "0";

    /// <summary>A line of the table that <c>wrapper.sh</c> reads.</summary>
    public string Row(Func<string, string> expand) =>
        string.Join('\u001f', Begin, Kind, expand(Change), Input.Replace("\n", "\\n", StringComparison.Ordinal), Codes);
}
