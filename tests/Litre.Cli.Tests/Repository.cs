using System.Diagnostics;

namespace Litre.Cli.Tests;

/// <summary>The files that this build was made from.</summary>
internal static class Repository
{
    private static readonly string[] BinaryEndings =
        [".png", ".jpg", ".jpeg", ".webp", ".gif", ".mp4", ".safetensors", ".parquet", ".npy", ".npz", ".gz", ".zip"];

    /// <summary>Folder of <c>Litre.slnx</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every file that belongs to the project, by path from the root: what git tracks or would track.</summary>
    public static IReadOnlyList<string> Files { get; } = ListFiles();

    public static IEnumerable<string> SourceFiles => Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal));

    public static IEnumerable<string> TextFiles => Files.Where(file => !BinaryEndings.Contains(Path.GetExtension(file).ToLowerInvariant()));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Litre.slnx"))) return folder.FullName;
        }
        throw new InvalidOperationException($"no Litre.slnx above {AppContext.BaseDirectory}");
    }

    private static List<string> ListFiles()
    {
        // A source archive has no .git: there every file counts that is not a build's output.
        return Git() ?? [.. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "out" or "publish" or "runs" or "models" or "node_modules" or ".git"))];
    }

    private static List<string>? Git()
    {
        if (!Path.Exists(Path.Combine(Root, ".git"))) return null;
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
            {
                WorkingDirectory = Root,
                RedirectStandardOutput = true,
            })!;
            var output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0
                ? [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Path.Combine(Root, file)))]
                : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
