namespace Litre.Machine.Setup;

/// <summary>How far a download is.</summary>
/// <param name="File">The wheel.</param>
/// <param name="Number">Its place among all wheels, from 1.</param>
/// <param name="Count">How many wheels there are, as far as known.</param>
/// <param name="DoneBytes">Bytes of it that are on this machine.</param>
/// <param name="TotalBytes">All of it; null where the index does not say.</param>
public sealed record SetupProgress(string File, int Number, int Count, long DoneBytes, long? TotalBytes);
