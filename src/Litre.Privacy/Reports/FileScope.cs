using Litre.Core.Files;

namespace Litre.Privacy.Reports;

/// <summary>Where a file is, from the point of view of a proof.</summary>
public enum FileScope
{
    /// <summary>A folder that the commands are expected to write to.</summary>
    Expected,

    /// <summary>The folder for temporary files.</summary>
    Temporary,

    /// <summary>Devices and settings of the kernel, which are not files on a disk.</summary>
    Kernel,

    /// <summary>Anywhere else.</summary>
    Unexpected,
}

/// <summary>Decides which scope a path belongs to.</summary>
/// <param name="expected">Folders that the commands are expected to write to.</param>
public sealed class FileScopes(IEnumerable<string> expected)
{
    private static readonly string[] KernelFolders = ["/dev", "/proc", "/sys"];

    private readonly string[] _expected = [.. expected.Select(FolderNesting.ResolveLinks)];
    private readonly string _temporary = FolderNesting.ResolveLinks(Path.GetTempPath());

    /// <summary>The scope of a full path.</summary>
    public FileScope Of(string path) =>
        _expected.Any(folder => IsInside(folder, path)) ? FileScope.Expected
        : KernelFolders.Any(folder => IsInside(folder, path)) ? FileScope.Kernel
        : IsInside(_temporary, path) ? FileScope.Temporary
        : FileScope.Unexpected;

    private static bool IsInside(string folder, string path) =>
        path == folder || path.StartsWith(folder.EndsWith('/') ? folder : folder + '/', StringComparison.Ordinal);
}
