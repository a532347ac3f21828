using Litre.Data.Imaging;

namespace Litre.Data.Chat;

/// <summary>A video's grid and the time of each of its temporal patches.</summary>
/// <param name="Grid">The grid planned by the image processor.</param>
/// <param name="Seconds">One time per temporal patch, in seconds, written into the text before its pad tokens.</param>
public sealed record VideoPlan(PatchGrid Grid, IReadOnlyList<double> Seconds);
