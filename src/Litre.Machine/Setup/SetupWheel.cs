namespace Litre.Machine.Setup;

/// <summary>One wheel that setup takes libraries from.</summary>
/// <param name="File">Its file name.</param>
/// <param name="Address">Where it comes from.</param>
/// <param name="Bytes">Its size; null where the index does not say.</param>
public sealed record SetupWheel(string File, string Address, long? Bytes);
