using Litre.Core;

namespace Litre.Library.Merging;

/// <summary>How adapters are merged.</summary>
public sealed record MergeSettings
{
    /// <summary>How the updates are combined.</summary>
    public MergeMethod Method { get; init; } = MergeMethod.Linear;

    /// <summary>
    /// The rank of the result for <see cref="MergeMethod.Svd"/> and <see cref="MergeMethod.Ties"/>; null for the largest rank of the
    /// merged adapters. <see cref="MergeMethod.Linear"/> has the sum of their ranks.
    /// </summary>
    public int? Rank { get; init; }

    /// <summary>The share of each update's numbers that <see cref="MergeMethod.Ties"/> keeps, above 0 and at most 1.</summary>
    public double Density { get; init; } = 0.5;

    /// <summary>Refuses settings that cannot be used.</summary>
    /// <exception cref="InputException">Names the setting.</exception>
    public void Validate()
    {
        if (Rank < 1)
            throw new InputException("rank", Rank, "expected 1 or more", null);
        if (Rank is not null && Method == MergeMethod.Linear)
            throw new InputException(
                "rank",
                Rank,
                "has no effect: `method linear` has the sum of the ranks",
                "omit it, or use `method svd`"
            );
        if (!(Density > 0 && Density <= 1))
            throw new InputException("density", Density, "expected a number above 0 and at most 1", null);
    }

    public override string ToString() =>
        Method switch
        {
            MergeMethod.Linear => "linear",
            MergeMethod.Svd => $"svd, rank {Rank?.ToString() ?? "of the largest"}",
            _ => FormattableString.Invariant($"ties, density {Density}, rank {Rank?.ToString() ?? "of the largest"}"),
        };
}

/// <summary>How the updates of several adapters are combined.</summary>
public enum MergeMethod
{
    /// <summary>The weighted sum, exact: the factors are concatenated.</summary>
    Linear,

    /// <summary>The weighted sum, reduced to a rank by singular value decomposition: the best approximation of that rank.</summary>
    Svd,

    /// <summary>
    /// TIES (Yadav and others 2023): the largest numbers of each update are kept, a sign is elected for each position, and the numbers of
    /// that sign are averaged; then as <see cref="Svd"/>.
    /// </summary>
    Ties,
}

/// <summary>An adapter to merge.</summary>
/// <param name="Name">Its name in messages and in the record of the merge.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="Weight">The factor of its update; any number except 0.</param>
public sealed record MergePart(string Name, string Folder, double Weight);
