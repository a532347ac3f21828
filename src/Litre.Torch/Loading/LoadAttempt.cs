namespace Litre.Torch.Loading;

/// <summary>One place where libtorch was looked for, and what came of it.</summary>
/// <param name="Source">Why the place was considered, for example <c>LITRE_LIBTORCH</c> or <c>NuGet package</c>.</param>
/// <param name="Place">The folder, or a description where there is no folder to name.</param>
/// <param name="Outcome">Why it was taken or passed over; one line.</param>
/// <param name="Taken">True for the one that runs now.</param>
public sealed record LoadAttempt(string Source, string Place, string Outcome, bool Taken = false);
