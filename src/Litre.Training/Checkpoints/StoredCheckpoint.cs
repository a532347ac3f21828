namespace Litre.Training.Checkpoints;

/// <summary>A checkpoint whose every file was read and agrees with its manifest.</summary>
/// <param name="Folder">Full path.</param>
/// <param name="Step">After which optimizer step it was written.</param>
/// <param name="FromMirror">Whether it stands in the mirror because the run folder has no sound one of that step.</param>
public sealed record StoredCheckpoint(string Folder, int Step, bool FromMirror);
