using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Litre.Privacy.Reports;

/// <summary>Reads what identifies the machine and the programs.</summary>
public static class MachineReading
{
    /// <summary>
    /// The programs that were started, with their sums. Paths without a file, which a search of the <c>PATH</c> tries, are left out.
    /// </summary>
    public static IEnumerable<ProgramFacts> Programs(IEnumerable<StepRecord> steps) =>
        steps
            .SelectMany(step => step.Result?.Log.Programs ?? [])
            .Distinct()
            .Where(File.Exists)
            .Order(StringComparer.Ordinal)
            .Select(path => new ProgramFacts(path, FileVersionInfo.GetVersionInfo(path).ProductVersion, Sum(path)));

    /// <summary>
    /// All files of a folder as one sum, which this prints too:
    /// <c>find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum</c>.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="version">Of what is in it.</param>
    public static ProgramFacts Folder(string folder, string? version)
    {
        var list = new StringBuilder();
        foreach (var name in FilesIn(folder))
            list.Append(Sum(Path.Combine(folder, name))).Append("  ./").Append(name).Append('\n');
        return new ProgramFacts(
            Path.TrimEndingDirectorySeparator(folder) + "/",
            version,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(list.ToString())))
        );
    }

    internal static MachineFacts Read() =>
        new(
            RuntimeInformation.OSDescription,
            Kernel(),
            RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant(),
            Environment.Version.ToString()
        );

    private static string Kernel()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Environment.OSVersion.Version.ToString();
        }
    }

    private static IEnumerable<string> FilesIn(string folder) =>
        Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => File.ResolveLinkTarget(path, returnFinalTarget: false) is null)
            .Select(path => Path.GetRelativePath(folder, path))
            .Order(StringComparer.Ordinal);

    private static string Sum(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
