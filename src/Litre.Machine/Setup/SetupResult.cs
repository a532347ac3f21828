namespace Litre.Machine.Setup;

/// <summary>What setup did, or would do in a dry run.</summary>
/// <param name="Folder">The folder of the installation, for use as <c>LITRE_LIBTORCH</c>.</param>
/// <param name="Version">PyTorch's version, for example <c>2.11.0+cu130</c>.</param>
/// <param name="State">The outcome.</param>
/// <param name="Wheels">The wheels with the libraries, torch's own first.</param>
public sealed record SetupResult(string Folder, string Version, SetupState State, IReadOnlyList<SetupWheel> Wheels)
{
    /// <summary>False if a dry run cannot know the wheels that torch needs, since they are listed only inside the wheel.</summary>
    public bool IsComplete { get; init; } = true;

    /// <summary>Bytes of the unpacked libraries; 0 in a dry run.</summary>
    public long InstalledBytes { get; init; }

    /// <summary>False if the search for libtorch does not check the folder automatically.</summary>
    public required bool IsFound { get; init; }
}

/// <summary>The progress of a download.</summary>
/// <param name="File">The wheel.</param>
/// <param name="Number">Its number among all wheels, from 1.</param>
/// <param name="Count">The number of wheels, as far as known.</param>
/// <param name="DoneBytes">Bytes of it that are on this machine.</param>
/// <param name="TotalBytes">Its size; null if the index does not state it.</param>
public sealed record SetupProgress(string File, int Number, int Count, long DoneBytes, long? TotalBytes);

/// <summary>The outcome of an installation.</summary>
public enum SetupState
{
    /// <summary>Only chosen, in a dry run.</summary>
    Planned,

    /// <summary>The same version already exists and loads.</summary>
    AlreadyThere,

    Installed,
}

/// <summary>One wheel from which setup extracts libraries.</summary>
/// <param name="File">Its file name.</param>
/// <param name="Address">Its address.</param>
/// <param name="Bytes">Its size; null if the index does not state it.</param>
public sealed record SetupWheel(string File, string Address, long? Bytes);
