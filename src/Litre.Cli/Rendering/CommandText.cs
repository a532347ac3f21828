using Litre.Core;

namespace Litre.Cli.Rendering;

/// <summary>Commands quoted for a shell, to be pasted.</summary>
internal static class CommandText
{
    /// <summary>The program as the user called it.</summary>
    public static string Launcher => HostEnvironment.Read(HostEnvironment.Launcher) is { } path ? Quote(path) : "litre";

    /// <summary>The command line of this process, to be run again.</summary>
    public static string CurrentCommand => string.Join(' ', Environment.GetCommandLineArgs().Skip(1).Select(Quote).Prepend(Launcher));

    /// <summary>The command that resumes a run.</summary>
    /// <param name="runFolder">The run's folder.</param>
    public static string Resume(string runFolder) => $"{Launcher} tune --resume --output {Quote(runFolder)}";

    /// <summary>Quotes an argument for a shell.</summary>
    public static string Quote(string text) =>
        text.Length > 0 && text.All(c => char.IsLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or '=' or ',' or ':')
            ? text
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
