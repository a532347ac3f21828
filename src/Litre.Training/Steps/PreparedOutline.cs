using Litre.Core;
using Litre.Model;
using Litre.Model.Configuration;

namespace Litre.Training.Steps;

/// <summary>The outline of <see cref="PreparedSteps"/>: the micro-batches that the run will use, in their order.</summary>
public static class PreparedOutline
{
    // Later epochs pack the same samples again; this many are representative.
    private const int MaxEpochs = 64;
    private const int MaxCandidates = 11;

    /// <param name="samples">The training samples, without pixels.</param>
    /// <param name="config">The configuration of the model.</param>
    /// <param name="batches">The batch settings with the tokens per pass and the passes per step set.</param>
    /// <param name="seed">The seed of the order.</param>
    /// <exception cref="InputException">No sample fits a pass.</exception>
    public static StepOutline Of(IReadOnlyList<ModelSample> samples, ModelConfig config, BatchSettings batches, int seed)
    {
        var longest = batches.LongestSample;
        ModelSample[] taken = [.. samples.Where(s => s.Ids.Length <= longest && s.AnswerTokens > 0)];
        if (taken.Length == 0)
            throw new InputException(
                $"none of the {samples.Count} training samples has an answer and at most {longest} tokens; raise "
                    + "`micro-batch-tokens` and `max-tokens`, or lower `max-pixels`"
            );
        var order = new TrainingOrder(taken, config, batches, seed);
        var seen = new Dictionary<MicroBatchSize, int[]>();
        var epoch = new List<(long Tokens, IReadOnlyList<int[]> Batches)>();
        var (before, most, mostOfTwo, stepsPerEpoch) = (0L, 0L, 0L, 0);
        for (var step = 1; step <= order.TotalSteps && order.EpochAfter(step) <= MaxEpochs; step++)
        {
            var micro = order.MicroBatches(step);
            var tokens = 0L;
            foreach (var batch in micro)
            {
                var size = MicroBatchSize.Of(Outline(batch), config, batches.SharePrefixes);
                seen.TryAdd(size, batch);
                tokens += size.Tokens;
            }
            var patches = StepOutline.LoadedPatches([.. micro.SelectMany(Outline)]);
            mostOfTwo = Math.Max(mostOfTwo, before + patches);
            before = patches;
            most = Math.Max(most, before);
            if (stepsPerEpoch > 0)
                continue;
            epoch.Add((tokens, micro));
            if (order.EndsEpoch(step) || step == order.TotalSteps)
                stepsPerEpoch = step;
        }
        // The step whose tokens are the median of the first epoch's.
        var typical = epoch.OrderBy(s => s.Tokens).ElementAt(epoch.Count / 2).Batches;
        return new StepOutline
        {
            Candidates = [.. MicroBatchSize.ParetoMaxima(seen.Keys, MaxCandidates).Select(s => Outline(seen[s]))],
            TypicalStep = [.. typical.Select(Outline)],
            TotalSteps = order.TotalSteps,
            StepsPerEpoch = stepsPerEpoch,
            TokensPerEpoch = taken.Sum(s => (long)s.Ids.Length),
            PrefetchedPatches = mostOfTwo,
            StepPatches = most,
            LeftOut = samples.Count - taken.Length,
        };

        ModelSample[] Outline(int[] batch) => [.. batch.Select(i => taken[i])];
    }
}
