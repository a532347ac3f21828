namespace Litre.Privacy.Tracing;

/// <summary>A change of a file that a process asked for, whether or not the call succeeded.</summary>
/// <param name="Action">What was asked for.</param>
/// <param name="Path">The full path, with links in its folder resolved.</param>
public sealed record FileChange(FileAction Action, string Path);

/// <summary>How a file is changed.</summary>
public enum FileAction
{
    /// <summary>Opened for writing; it did not exist before.</summary>
    Create,

    /// <summary>Opened for writing, or truncated.</summary>
    Write,

    /// <summary>Renamed to another name.</summary>
    RenameFrom,

    /// <summary>The new name of a file.</summary>
    RenameTo,

    /// <summary>A file or folder is removed.</summary>
    Delete,

    /// <summary>A folder is made.</summary>
    MakeFolder,

    /// <summary>A link or a device node is made.</summary>
    MakeLink,

    /// <summary>A call whose path could not be read.</summary>
    Unknown,
}
