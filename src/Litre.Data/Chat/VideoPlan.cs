using Litre.Data.Imaging;

namespace Litre.Data.Chat;

/// <summary>A video's grid and the time of each of its temporal patches.</summary>
/// <param name="Grid">As the image processor plans it.</param>
/// <param name="Seconds">One time a temporal patch, in seconds, written into the text before its pad tokens.</param>
public sealed record VideoPlan(PatchGrid Grid, IReadOnlyList<double> Seconds);
