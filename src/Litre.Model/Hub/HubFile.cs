namespace Litre.Model.Hub;

/// <summary>One file of a model on a hub.</summary>
/// <param name="Path">From the model's folder on, with forward slashes.</param>
/// <param name="Bytes">Its size; null where the hub does not say.</param>
/// <param name="Sum">What its content must sum to; null where the hub does not say.</param>
public sealed record HubFile(string Path, long? Bytes, FileSum? Sum);

/// <summary>All files of a model at one revision.</summary>
/// <param name="Revision">The commit, where the hub says one, so that all files are of the same.</param>
/// <param name="Files">In the order of their paths.</param>
public sealed record HubListing(string Revision, IReadOnlyList<HubFile> Files);
