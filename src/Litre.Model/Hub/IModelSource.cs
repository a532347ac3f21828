using Litre.Core;

namespace Litre.Model.Hub;

/// <summary>A source of models: a hub, a mirror, or a folder. Thread-safe.</summary>
public interface IModelSource
{
    /// <summary>Its name in messages.</summary>
    string Name { get; }

    /// <summary>The revision if the user specifies none.</summary>
    string DefaultRevision { get; }

    /// <summary>The files of a model.</summary>
    /// <param name="model">The model as ORGANIZATION/NAME.</param>
    /// <param name="revision">A branch, tag or commit.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="InputException">The model does not exist, this user has no access, or the source does not respond.</exception>
    Task<HubListing> ListAsync(string model, string revision, CancellationToken cancel);

    /// <summary>Adds size and sum of a file whose listing does not contain them; unavailable values stay null.</summary>
    Task<HubFile> CompleteAsync(string model, string revision, HubFile file, CancellationToken cancel);

    /// <summary>Downloads the rest of a file into a partial one, which may already contain its beginning.</summary>
    /// <exception cref="InputException">
    /// The source refuses or interrupts the download, or the disk is full; received data are kept.
    /// </exception>
    Task FetchAsync(string model, string revision, HubFile file, string part, Action<long> onBytes, CancellationToken cancel);
}

/// <summary>One file of a model on a hub.</summary>
/// <param name="Path">The path within the model's folder, with forward slashes.</param>
/// <param name="Bytes">Its size; null if the hub does not state it.</param>
/// <param name="Sum">The checksum of its content; null if the hub does not state it.</param>
public sealed record HubFile(string Path, long? Bytes, FileChecksum? Sum);

/// <summary>All files of a model at one revision.</summary>
/// <param name="Revision">The commit, if the hub states it, so that all files belong to the same commit.</param>
/// <param name="Files">The files in the order of their paths.</param>
public sealed record HubListing(string Revision, IReadOnlyList<HubFile> Files);
