using System.Text.Json.Serialization;

namespace Litre.Model.Identity;

/// <summary>
/// Identifies a checkpoint's weights by a hash of the bytes in its files. It does not depend on how the files are split, on the type in
/// which weights are loaded, or on a tied output head, which some files repeat.
/// </summary>
/// <remarks>
/// Expert tensors have a separate hash, because two layouts of the same experts differ in their bytes: for checkpoints in different
/// layouts, only the other weights are compared.
/// </remarks>
public sealed record WeightFingerprint
{
    /// <summary>The fingerprint of all weights other than stacked experts.</summary>
    public required string Weights { get; init; }

    /// <summary>The fingerprint of the stacked experts, or null if there are none.</summary>
    public string? Experts { get; init; }

    /// <summary>The layout of the experts: <c>hub</c> or <c>transformers</c>.</summary>
    public string? ExpertLayout { get; init; }

    /// <summary>
    /// The fingerprint that <see cref="Weights"/> would be after rounding float32 tensors to bfloat16; null if there are none, or if there
    /// are tensors of other precisions.
    /// </summary>
    public string? Rounded { get; init; }

    /// <summary>The same for <see cref="Experts"/>.</summary>
    public string? RoundedExperts { get; init; }

    /// <summary>A short form for messages.</summary>
    [JsonIgnore]
    public string Short => Weights[(Weights.IndexOf(':') + 1)..] is { Length: > 12 } hash ? hash[..12] : Weights;

    /// <summary>Whether both identify the same weights, as far as their layouts can be compared.</summary>
    public bool Matches(WeightFingerprint other) =>
        Weights == other.Weights
        && (Experts is null) == (other.Experts is null)
        && (ExpertLayout != other.ExpertLayout || Experts == other.Experts);

    /// <summary>
    /// Whether one identifies exactly the other's weights rounded to bfloat16. Two sets of weights that only round to the same numbers are
    /// not the same base.
    /// </summary>
    public bool IsOtherPrecisionOf(WeightFingerprint other) => IsRoundingOf(other) || other.IsRoundingOf(this);

    private bool IsRoundingOf(WeightFingerprint other) =>
        Rounded is null
        && other.Rounded == Weights
        && (Experts is null) == (other.Experts is null)
        && (ExpertLayout != other.ExpertLayout || Experts == other.RoundedExperts);
}
