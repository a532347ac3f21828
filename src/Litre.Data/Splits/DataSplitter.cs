using System.Security.Cryptography;
using System.Text;
using Litre.Core;

namespace Litre.Data.Splits;

/// <summary>
/// Decides which samples are used for training and which are held out. Splits stated by the data are kept. Other held-out samples are
/// chosen by image: samples that share one, directly or through others, stay together.
/// </summary>
public static class DataSplitter
{
    /// <summary>The split of each sample.</summary>
    /// <exception cref="InputException">The shares are invalid.</exception>
    public static DataSplit[] Assign(IReadOnlyList<SplitItem> items, SplitOptions options)
    {
        if (!(options.ValidationShare >= 0 && options.TestShare >= 0 && options.ValidationShare + options.TestShare < 1))
            throw new InputException(
                $"split of {options.ValidationShare} for validation and {options.TestShare} for test: expected fractions "
                    + "of at least 0 whose sum is below 1; correct them"
            );
        var sides = items
            .Select(i =>
                i.DeclaredSplit switch
                {
                    "validation" => DataSplit.Validation,
                    "test" => DataSplit.Test,
                    _ => DataSplit.Train,
                }
            )
            .ToArray();
        if (items.All(i => i.DeclaredSplit != "test"))
            HoldOut(items, sides, DataSplit.Test, options.TestShare, options.Seed);
        if (items.All(i => i.DeclaredSplit != "validation"))
            HoldOut(items, sides, DataSplit.Validation, options.ValidationShare, options.Seed + 1);
        return sides;
    }

    /// <summary>Contents that appear in two splits, each with its samples.</summary>
    public static IReadOnlyList<(string Content, IReadOnlyList<int> Samples)> Leaks(
        IReadOnlyList<SplitItem> items,
        IReadOnlyList<DataSplit> sides
    ) =>
        [
            .. items
                .SelectMany((item, i) => item.Contents.Select(content => (content, i)))
                .GroupBy(p => p.content, p => p.i)
                .Where(g => g.Select(i => sides[i]).Distinct().Count() > 1)
                .Select(g => (g.Key, (IReadOnlyList<int>)[.. g])),
        ];

    private static void HoldOut(IReadOnlyList<SplitItem> items, DataSplit[] sides, DataSplit side, double share, ulong seed)
    {
        if (share == 0)
            return;
        // Only groups that are entirely in the training split can be moved without an image in two splits.
        var groups = Groups(items)
            .Where(g => g.All(i => sides[i] == DataSplit.Train))
            .OrderBy(g => OrderKey(items, g, seed), StringComparer.Ordinal)
            .ToList();
        var wanted = share * sides.Count(s => s == DataSplit.Train);
        var moved = 0;
        // At least one group is used for training, and at least one is held out if there are two: the smallest if none fits.
        foreach (var group in groups.SkipLast(1))
        {
            if (moved + group.Count > Math.Max(wanted, 1))
                continue;
            Move(group);
        }
        if (moved == 0 && groups.Count > 1)
            Move(groups.MinBy(g => g.Count)!);

        void Move(List<int> group)
        {
            foreach (var i in group)
                sides[i] = side;
            moved += group.Count;
        }
    }

    // By content rather than position, so that adding data changes as few splits as possible.
    private static string OrderKey(IReadOnlyList<SplitItem> items, List<int> group, ulong seed)
    {
        var content = group.SelectMany(i => items[i].Contents).Min(StringComparer.Ordinal);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}:{content}")));
    }

    private static IEnumerable<List<int>> Groups(IReadOnlyList<SplitItem> items)
    {
        var parent = Enumerable.Range(0, items.Count).ToArray();
        var owner = new Dictionary<string, int>();
        for (var i = 0; i < items.Count; i++)
        {
            foreach (var content in items[i].Contents)
                if (!owner.TryAdd(content, i))
                    parent[Find(i)] = Find(owner[content]);
        }
        return Enumerable.Range(0, items.Count).GroupBy(Find).Select(g => g.ToList()).ToList();

        int Find(int i)
        {
            while (parent[i] != i)
                i = parent[i] = parent[parent[i]];
            return i;
        }
    }
}

/// <summary>What a sample is used for.</summary>
public enum DataSplit
{
    Train,
    Validation,
    Test,
}

/// <summary>The shares of the data that are held out.</summary>
/// <param name="ValidationShare">Share of samples for validation if the data have no validation split, 0 to 1.</param>
/// <param name="TestShare">The same for a test split.</param>
/// <param name="Seed">The seed of the choice.</param>
public sealed record SplitOptions(double ValidationShare = 0.1, double TestShare = 0, ulong Seed = 0);
