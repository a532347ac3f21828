using Litre.Core;

namespace Litre.Cli.Rendering;

/// <summary>Commands as a shell reads them, to be pasted.</summary>
internal static class CommandText
{
    /// <summary>The program as it was called.</summary>
    public static string Launcher => HostEnvironment.Read(HostEnvironment.Launcher) is { } path ? Quote(path) : "litre";

    /// <summary>The command line of this process, to be given once more.</summary>
    public static string CurrentCommand => string.Join(' ', Environment.GetCommandLineArgs().Skip(1).Select(Quote).Prepend(Launcher));

    /// <summary>Goes on with a run.</summary>
    /// <param name="runFolder">The run's folder.</param>
    public static string Resume(string runFolder) => $"{Launcher} tune --resume --output {Quote(runFolder)}";

    /// <summary>An argument as a shell reads it back.</summary>
    public static string Quote(string text) =>
        text.Length > 0 && text.All(c => char.IsLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or '=' or ',' or ':')
            ? text
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
