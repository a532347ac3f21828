using System.ComponentModel;
using System.Diagnostics;

namespace Litre.Torch.Loading;

/// <summary>Where an installed Python keeps its packages. Python is queried for a path only; it never imports torch.</summary>
internal static class PythonPackages
{
    private const string QueryScript =
        "import importlib.util as u; s = u.find_spec('torch'); print(list(s.submodule_search_locations)[0] if s else '')";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Queries <c>python3</c> for the folder of its torch package, for at most ten seconds.</summary>
    public static (string? Folder, string Reason) QueryPython()
    {
        var start = new ProcessStartInfo("python3", ["-c", QueryScript])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            // Python searches the current folder first: a folder that happens to be named torch must not be found.
            WorkingDirectory = "/",
        };
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var answer = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Timeout))
            {
                process.Kill(entireProcessTree: true);
                return (null, $"no answer within {Timeout.TotalSeconds:0} s");
            }
            // A grandchild may keep the pipe open after python3 itself has ended.
            if (!answer.Wait(Timeout))
                return (null, $"no answer within {Timeout.TotalSeconds:0} s");
            var folder = answer.Result.Trim();
            return folder.Length > 0 ? (folder, "") : (null, "has no torch package");
        }
        catch (Win32Exception)
        {
            return (null, "not installed");
        }
    }

    /// <summary>The torch package of the first <c>python3</c> in a search path, without starting it; null if there is none.</summary>
    /// <param name="path">Folders separated by colons, as in <c>PATH</c>; null for none.</param>
    public static string? FindInPath(string? path)
    {
        // In a virtual environment python3 is a link to another installation; the packages belong to the folder of the link.
        var folder = path?.Split(':').FirstOrDefault(f => f.Length > 0 && File.Exists(Path.Combine(f, "python3")));
        return Path.GetDirectoryName(folder) is { } environment
            ? InEnvironment(environment).Select(packages => Path.Combine(packages, "torch")).FirstOrDefault(Directory.Exists)
            : null;
    }

    /// <summary>The package folders of one Python environment (a virtual or a conda one).</summary>
    public static IEnumerable<string> InEnvironment(string environment) =>
        Matching(Path.Combine(environment, "lib"), "python3*").Select(python => Path.Combine(python, "site-packages"));

    /// <summary>Package folders of common installations: the user's own, the system's, conda and containers.</summary>
    public static IEnumerable<string> CommonFolders(string home)
    {
        string[] environments =
        [
            Path.Combine(home, ".local"),
            Path.Combine(home, "miniconda3"),
            Path.Combine(home, "miniforge3"),
            Path.Combine(home, "anaconda3"),
            "/opt/conda",
            "/opt/venv",
            "/opt/pytorch",
            "/usr/local",
            "/usr",
        ];
        foreach (var environment in environments)
        {
            foreach (var python in Matching(Path.Combine(environment, "lib"), "python3*"))
            {
                yield return Path.Combine(python, "site-packages");
                yield return Path.Combine(python, "dist-packages");
            }
        }
    }

    /// <summary>Folders in <paramref name="parent"/> whose name fits; newest name first; none if the parent does not exist.</summary>
    public static IEnumerable<string> Matching(string parent, string pattern)
    {
        try
        {
            return Directory.Exists(parent) ? Directory.GetDirectories(parent, pattern).OrderDescending(StringComparer.Ordinal) : [];
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }
}
