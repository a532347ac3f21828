using Litre.Data.Keys;

namespace Litre.Data.Samples;

/// <summary>The result of reading one row: a sample, or why there is none.</summary>
public readonly record struct Row(Sample? Sample, UnusableRow? Unusable)
{
    /// <summary>How each of its keys was used; empty if the row could not be read at all.</summary>
    public IReadOnlyList<KeyUse> Keys { get; init; } = [];

    /// <summary>The keys if the row cannot be used after all: those that are not the reason have no effect.</summary>
    internal IReadOnlyList<KeyUse> UnusedKeys =>
        [.. (Keys ?? []).Select(k => k.Outcome == KeyOutcome.Refused ? k : k with { Outcome = KeyOutcome.RowUnusable, Detail = "" })];

    public static Row Of(Sample sample) => new(sample, null);

    public static Row Of(UnusableRow unusable) => new(null, unusable);
}
