namespace Litre.Machine.Setup;

/// <summary>What setup did, or would do.</summary>
/// <param name="Folder">The installation; the name to give to <c>LITRE_LIBTORCH</c>.</param>
/// <param name="Version">PyTorch's version, for example <c>2.11.0+cu130</c>.</param>
/// <param name="State">What became of it.</param>
/// <param name="Wheels">Where the libraries come from, torch's own first.</param>
public sealed record SetupResult(string Folder, string Version, SetupState State, IReadOnlyList<SetupWheel> Wheels)
{
    /// <summary>False where a dry run cannot know the wheels that torch needs, since the index tells only inside the wheel.</summary>
    public bool IsComplete { get; init; } = true;

    /// <summary>Bytes of the unpacked libraries; 0 in a dry run.</summary>
    public long InstalledBytes { get; init; }

    /// <summary>False where the search for libtorch does not look into the folder by itself.</summary>
    public required bool IsFound { get; init; }
}

/// <summary>How far a download is.</summary>
/// <param name="File">The wheel.</param>
/// <param name="Number">Its place among all wheels, from 1.</param>
/// <param name="Count">How many wheels there are, as far as known.</param>
/// <param name="DoneBytes">Bytes of it that are on this machine.</param>
/// <param name="TotalBytes">All of it; null where the index does not say.</param>
public sealed record SetupProgress(string File, int Number, int Count, long DoneBytes, long? TotalBytes);

/// <summary>What became of an installation.</summary>
public enum SetupState
{
    /// <summary>Only chosen: a dry run.</summary>
    Planned,

    /// <summary>The same version was there already and loads.</summary>
    AlreadyThere,

    Installed,
}

/// <summary>One wheel that setup takes libraries from.</summary>
/// <param name="File">Its file name.</param>
/// <param name="Address">Where it comes from.</param>
/// <param name="Bytes">Its size; null where the index does not say.</param>
public sealed record SetupWheel(string File, string Address, long? Bytes);
