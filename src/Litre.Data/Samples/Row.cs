using Litre.Data.Keys;

namespace Litre.Data.Samples;

/// <summary>What reading one row gave: a sample, or why there is none.</summary>
public readonly record struct Row(Sample? Sample, UnusableRow? Unusable)
{
    /// <summary>What became of each of its keys; empty where the row could not be read at all.</summary>
    public IReadOnlyList<KeyUse> Keys { get; init; } = [];

    public static Row Of(Sample sample) => new(sample, null);

    public static Row Of(UnusableRow unusable) => new(null, unusable);
}
