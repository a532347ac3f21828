namespace Litre.Cli.Serving;

/// <summary>Where the parts of Litre are, in a release and in a clone of the repository.</summary>
internal static class ProgramFolders
{
    // src/PROJECT/bin/CONFIGURATION/FRAMEWORK
    private const int BuildDepth = 5;
    private const string Server = "litre-server";

    private static readonly string Own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);

    /// <summary>The program of the server; null if it is not installed or not built.</summary>
    public static string? FindServer() =>
        File.Exists(Path.Combine(Own, Server + ".dll")) ? Path.Combine(Own, Server)
        : Path.Combine(Built("src/Litre.Server"), Server + ".dll") is var built && File.Exists(built) ? built
        : null;

    /// <summary>The folder of a release that contains this program; null if it is not one.</summary>
    public static string? Release =>
        Path.GetFileName(Own) == "bin" && File.Exists(Path.Combine(Own, "..", "litre")) ? Path.GetFullPath(Path.Combine(Own, "..")) : null;

    /// <summary>The small model that comes with Litre; null if it is not there.</summary>
    public static string? FindModel() =>
        new[] { Path.Combine(Own, ".."), Root }
            .Select(root => Path.GetFullPath(Path.Combine(root, "assets", "litre-nano")))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "config.json")));

    private static string Root => Path.GetFullPath(Path.Combine([Own, .. Enumerable.Repeat("..", BuildDepth)]));

    private static string Built(string project) =>
        Path.Combine(Root, project, "bin", Path.GetRelativePath(Path.Combine(Own, "..", ".."), Own));
}
