namespace Litre.Data.Imaging;

/// <summary>One image or video as the vision tower takes it.</summary>
/// <param name="Grid">How the rows lie on the picture.</param>
/// <param name="Values">
/// (P, C·T·p·p) uint8, row-major: rows in blocks of merge x merge patches, columns channel by channel, then the two
/// pictures of a temporal patch, then the patch's own rows and columns.
/// </param>
public sealed record PatchMatrix(PatchGrid Grid, byte[] Values);
