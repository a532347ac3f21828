namespace Litre.Machine.Setup;

/// <summary>A wheel that an index offers.</summary>
/// <param name="Name">What its file name says.</param>
/// <param name="Address">Where it lies: http, https or file.</param>
internal sealed record WheelLink(WheelName Name, Uri Address)
{
    /// <summary>SHA-256 as small hexadecimal digits; null where the index gives none.</summary>
    public string? Sha256 { get; init; }

    /// <summary>True where the index also offers the wheel's METADATA alone, under its address with <c>.metadata</c> (PEP 658).</summary>
    public bool HasMetadata { get; init; }

    /// <summary>SHA-256 of that METADATA; null where the index gives none.</summary>
    public string? MetadataSha256 { get; init; }
}
