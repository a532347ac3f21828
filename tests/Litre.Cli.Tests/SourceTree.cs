using System.Diagnostics;
using Shared;

namespace Litre.Cli.Tests;

/// <summary>The files that belong to the project.</summary>
internal static class SourceTree
{
    private static readonly string[] BinaryEndings =
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".webp",
        ".gif",
        ".mp4",
        ".safetensors",
        ".parquet",
        ".npy",
        ".npz",
        ".gz",
        ".zip",
        ".features",
    ];

    /// <summary>Every file that belongs to the project, by path from the root: what git tracks or would track.</summary>
    public static IReadOnlyList<string> Files { get; } = ListFiles();

    public static IEnumerable<string> SourceFiles => Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal));

    public static IEnumerable<string> TextFiles => Files.Where(file => !BinaryEndings.Contains(Path.GetExtension(file).ToLowerInvariant()));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Repository.Root, file));

    private static List<string> ListFiles()
    {
        // A source archive has no .git: there every file counts that is not a build's output.
        return Git()
            ??
            [
                .. Directory
                    .EnumerateFiles(Repository.Root, "*", SearchOption.AllDirectories)
                    .Select(file => Path.GetRelativePath(Repository.Root, file))
                    .Where(file =>
                        !file.Split('/')
                            .Any(part => part is "bin" or "obj" or "out" or "publish" or "runs" or "models" or "node_modules" or ".git")
                    ),
            ];
    }

    private static List<string>? Git()
    {
        if (!Path.Exists(Path.Combine(Repository.Root, ".git")))
            return null;
        try
        {
            using var git = Process.Start(
                new ProcessStartInfo("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
                {
                    WorkingDirectory = Repository.Root,
                    RedirectStandardOutput = true,
                }
            )!;
            var output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0
                ?
                [
                    .. output
                        .Split('\0', StringSplitOptions.RemoveEmptyEntries)
                        .Where(file => File.Exists(Path.Combine(Repository.Root, file))),
                ]
                : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
