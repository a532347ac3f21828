namespace Litre.Cli.Commands;

/// <summary>The program that runs, to be started again.</summary>
internal static class OwnProgram
{
    /// <summary>Its command without arguments. If dotnet runs the program as a library, the library is the first argument.</summary>
    public static IReadOnlyList<string> Command =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, "litre.dll")]
            : [Environment.ProcessPath!];
}
