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
