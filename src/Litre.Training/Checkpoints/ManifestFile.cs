namespace Litre.Training.Checkpoints;

/// <summary>One file of a checkpoint.</summary>
/// <param name="Name">Path from the checkpoint's folder, with <c>/</c>.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
internal sealed record ManifestFile(string Name, long Bytes, string Sha256);
