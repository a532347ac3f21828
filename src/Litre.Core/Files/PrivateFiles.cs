using System.Runtime.InteropServices;

namespace Litre.Core.Files;

/// <summary>Files and folders that their owner alone can read.</summary>
public static partial class PrivateFiles
{
    /// <summary>Reading and writing by the owner.</summary>
    public const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reading, writing and entering by the owner.</summary>
    public const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite
        | UnixFileMode.OtherExecute;

    /// <summary>
    /// From now on, whatever this process and the programs that it starts create can be read by its owner alone. Runs, reports,
    /// answers and caches contain what a company's drawings show, and not every file is created by code of Litre.
    /// </summary>
    public static void RestrictProcess()
    {
        if (!OperatingSystem.IsWindows())
            _ = SetMask((uint)Others);
    }

    /// <summary>Creates a folder for its owner alone; one that exists stays as it is.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">There is no permission to create it.</exception>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerFolder);
    }

    /// <summary>Options for a new file that its owner alone can read. A file that exists keeps its mode.</summary>
    /// <param name="mode">How to open it.</param>
    /// <param name="share">What others may do with it.</param>
    public static FileStreamOptions Writing(FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.Write,
            Share = share,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerFile;
        return options;
    }

    /// <summary>Whether users other than the owner may read or change a file or folder.</summary>
    /// <param name="path">It must exist.</param>
    public static bool IsOpenToOthers(string path) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0;

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint SetMask(uint mask);
}
