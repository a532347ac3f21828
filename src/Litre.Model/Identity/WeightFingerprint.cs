using System.Text.Json.Serialization;

namespace Litre.Model.Identity;

/// <summary>
/// Tells a checkpoint's weights from others by a hash of the bytes in its files. It does not depend on how the files are cut, on
/// the type that weights are loaded in, or on a tied output head, which some files repeat.
/// </summary>
/// <remarks>
/// Expert tensors have a hash of their own, since two layouts of the same experts differ in their bytes: of checkpoints in
/// different layouts, all other weights are compared.
/// </remarks>
public sealed record WeightFingerprint
{
    /// <summary>The fingerprint of all weights other than stacked experts.</summary>
    public required string Weights { get; init; }

    /// <summary>The fingerprint of the stacked experts, or null if there are none.</summary>
    public string? Experts { get; init; }

    /// <summary>The layout of the experts: <c>hub</c> or <c>transformers</c>.</summary>
    public string? ExpertLayout { get; init; }

    /// <summary>Enough of it for a message.</summary>
    [JsonIgnore]
    public string Short => Weights[(Weights.IndexOf(':') + 1)..] is { Length: > 12 } hash ? hash[..12] : Weights;

    /// <summary>Whether both are of the same weights, as far as their layouts can be compared.</summary>
    public bool Matches(WeightFingerprint other) =>
        Weights == other.Weights
        && (Experts is null) == (other.Experts is null)
        && (ExpertLayout != other.ExpertLayout || Experts == other.Experts);
}
