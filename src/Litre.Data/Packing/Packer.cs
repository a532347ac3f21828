using Litre.Core;

namespace Litre.Data.Packing;

/// <summary>
/// Packs samples into micro-batches with a maximum number of tokens. The same lengths, seed and epoch give the same plan,
/// so a position in it (the number of completed micro-batches) is all that resuming needs.
/// </summary>
public sealed class Packer
{
    // Samples are packed within windows of the shuffled order: full batches, while neighbors stay random.
    private const int Window = 512;

    private readonly int[] _lengths;
    private readonly int _tokenBudget;
    private readonly int _maximumSamples;
    private readonly ulong _seed;

    /// <param name="lengths">Tokens of each sample.</param>
    /// <param name="tokenBudget">Maximum number of tokens of a micro-batch, and of a sample.</param>
    /// <param name="seed">The seed of the order.</param>
    /// <param name="maximumSamples">Maximum number of samples of a micro-batch.</param>
    /// <exception cref="InputException">The budget is below 1, or no sample fits.</exception>
    public Packer(IReadOnlyList<int> lengths, int tokenBudget, ulong seed, int maximumSamples = int.MaxValue)
    {
        if (tokenBudget < 1 || maximumSamples < 1)
            throw new InputException(
                $"micro-batch of {tokenBudget} tokens and {maximumSamples} samples: expected at least 1 of each; raise the budget"
            );
        _lengths = [.. lengths];
        (_tokenBudget, _seed, _maximumSamples) = (tokenBudget, seed, maximumSamples);
        if (_lengths.Length > 0 && _lengths.All(l => l > tokenBudget))
            throw new InputException(
                $"no sample fits into {tokenBudget} tokens, the shortest has {_lengths.Min()}; raise the budget or lower `max-pixels`"
            );
    }

    /// <summary>The plan of one epoch.</summary>
    public PackingPlan Plan(int epoch)
    {
        var tooLong = new List<int>();
        var order = new List<int>(_lengths.Length);
        for (var i = 0; i < _lengths.Length; i++)
            (_lengths[i] > _tokenBudget ? tooLong : order).Add(i);
        var random = SeededOrder.For(_seed, epoch);
        random.Shuffle(order);
        var batches = new List<int[]>();
        for (var start = 0; start < order.Count; start += Window)
        {
            var packed = Pack(order.GetRange(start, Math.Min(Window, order.Count - start)));
            random.Shuffle(packed);
            batches.AddRange(packed);
        }
        return new PackingPlan(batches, tooLong);
    }

    // Best fit of decreasing lengths; ties keep the shuffled order.
    private List<int[]> Pack(List<int> window)
    {
        var bins = new List<(List<int> Items, int Free)>();
        foreach (var index in window.OrderByDescending(i => _lengths[i]))
        {
            var best = -1;
            for (var b = 0; b < bins.Count; b++)
            {
                var (items, free) = bins[b];
                if (free >= _lengths[index] && items.Count < _maximumSamples && (best < 0 || free < bins[best].Free))
                    best = b;
            }
            if (best < 0)
            {
                bins.Add(([index], _tokenBudget - _lengths[index]));
                continue;
            }
            bins[best].Items.Add(index);
            bins[best] = (bins[best].Items, bins[best].Free - _lengths[index]);
        }
        return [.. bins.Select(b => b.Items.ToArray())];
    }
}

/// <summary>One epoch's micro-batches.</summary>
/// <param name="MicroBatches">Sample indices of each micro-batch, in the order of training.</param>
/// <param name="TooLong">Samples longer than the limit, which are in no micro-batch: listed, never truncated.</param>
public sealed record PackingPlan(IReadOnlyList<int[]> MicroBatches, IReadOnlyList<int> TooLong);
