using Litre.Core;

namespace Litre.Model.Hub;

/// <summary>Where models are fetched from: a hub, a mirror, or a folder. Thread-safe.</summary>
public interface IModelSource
{
    /// <summary>What messages call it.</summary>
    string Name { get; }

    /// <summary>The revision where the user names none.</summary>
    string DefaultRevision { get; }

    /// <summary>The files of a model.</summary>
    /// <param name="model">As ORGANIZATION/NAME.</param>
    /// <param name="revision">A branch, tag or commit.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="InputException">There is no such model, it is closed to this user, or the source does not answer.</exception>
    Task<HubListing> ListAsync(string model, string revision, CancellationToken cancel);

    /// <summary>Size and sum of a file whose listing does not say them; what is not to be had stays null.</summary>
    Task<HubFile> CompleteAsync(string model, string revision, HubFile file, CancellationToken cancel);

    /// <summary>Brings the rest of a file into a partial one, which may hold its beginning already.</summary>
    /// <exception cref="InputException">The source refuses or breaks off, or the disk is full; what has arrived is kept.</exception>
    Task FetchAsync(string model, string revision, HubFile file, string part, Action<long> onBytes, CancellationToken cancel);
}

/// <summary>One file of a model on a hub.</summary>
/// <param name="Path">From the model's folder on, with forward slashes.</param>
/// <param name="Bytes">Its size; null if the hub does not say.</param>
/// <param name="Sum">What its content must sum to; null if the hub does not say.</param>
public sealed record HubFile(string Path, long? Bytes, FileChecksum? Sum);

/// <summary>All files of a model at one revision.</summary>
/// <param name="Revision">The commit, where the hub says one, so that all files are of the same.</param>
/// <param name="Files">In the order of their paths.</param>
public sealed record HubListing(string Revision, IReadOnlyList<HubFile> Files);
