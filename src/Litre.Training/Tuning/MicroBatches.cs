using Litre.Model;
using Litre.Model.Configuration;

namespace Litre.Training.Tuning;

/// <summary>The micro-batches that a run would really see, in its own order, and those that could need the most memory.</summary>
public sealed class MicroBatches
{
    // Later epochs pack the same samples again; what so many show is enough.
    private const int MaxEpochs = 64;
    private const int MaxCandidates = 11;

    private readonly IReadOnlyList<ModelSample> _samples;
    private readonly ModelConfig _config;
    private readonly bool _share;
    private readonly TrainingOrder _order;

    /// <param name="samples">To train on.</param>
    /// <param name="config">Of the model.</param>
    /// <param name="batches">With the tokens of a pass and the passes of a step settled.</param>
    /// <param name="seed">Of the order.</param>
    /// <exception cref="Core.InputException">No sample fits a pass.</exception>
    public MicroBatches(IReadOnlyList<ModelSample> samples, ModelConfig config, BatchSettings batches, int seed)
    {
        (_config, _share) = (config, batches.SharePrefixes);
        var longest = batches.LongestSample;
        _samples = [.. samples.Where(s => s.Ids.Length <= longest && s.AnswerTokens > 0)];
        LeftOut = samples.Count - _samples.Count;
        if (_samples.Count == 0)
            throw new Core.InputException(
                $"none of {samples.Count} training samples has at most {longest} tokens and an answer; raise "
                    + "`micro-batch-tokens` and `max-tokens`, or lower `max-pixels`"
            );
        _order = new TrainingOrder(_samples, config, batches, seed);
        (Candidates, TypicalStep) = SelectCandidates();
    }

    /// <summary>Samples that a run would leave out: too long for a pass, or without an answer.</summary>
    public int LeftOut { get; }

    public int TotalSteps => _order.TotalSteps;

    public int StepsPerEpoch { get; private set; }

    public long TokensPerEpoch => _samples.Sum(s => (long)s.Ids.Length);

    /// <summary>Most patches of two steps in a row: while one computes, the next one's images are made ready.</summary>
    public long PrefetchedPatches { get; private set; }

    /// <summary>Most patches of one step, whose images are ready while held-out samples are computed.</summary>
    public long StepPatches { get; private set; }

    /// <summary>The micro-batches that could be the worst.</summary>
    public IReadOnlyList<ModelSample[]> Candidates { get; }

    /// <summary>The micro-batches of a step whose tokens are the median of the first epoch's.</summary>
    public ModelSample[][] TypicalStep { get; }

    /// <summary>Patches that lie ready for a step: images that several samples show are loaded once.</summary>
    public static long LoadedPatches(IReadOnlyCollection<ModelSample> samples) =>
        samples.Where(s => s.ImageKeys is null).Sum(s => s.Grids.Sum(g => (long)g.Patches))
        + samples.Where(s => s.ImageKeys is not null).DistinctBy(s => s.ImageSetKey).Sum(s => s.Grids.Sum(g => (long)g.Patches));

    private (IReadOnlyList<ModelSample[]> Candidates, ModelSample[][] Typical) SelectCandidates()
    {
        var seen = new Dictionary<MicroBatchSize, int[]>();
        var epoch = new List<(long Tokens, IReadOnlyList<int[]> Batches)>();
        var before = 0L;
        for (var step = 1; step <= _order.TotalSteps && _order.EpochAfter(step) <= MaxEpochs; step++)
        {
            var batches = _order.MicroBatches(step);
            var tokens = 0L;
            foreach (var batch in batches)
            {
                var size = MicroBatchSize.Of(LoadSamples(batch), _config, _share);
                seen.TryAdd(size, batch);
                tokens += size.Tokens;
            }
            var patches = LoadedPatches([.. batches.SelectMany(LoadSamples)]);
            PrefetchedPatches = Math.Max(PrefetchedPatches, before + patches);
            before = patches;
            StepPatches = Math.Max(StepPatches, before);
            if (StepsPerEpoch > 0)
                continue;
            epoch.Add((tokens, batches));
            if (_order.EndsEpoch(step) || step == _order.TotalSteps)
                StepsPerEpoch = step;
        }
        var typical = epoch.OrderBy(s => s.Tokens).ElementAt(epoch.Count / 2).Batches;
        return (
            [.. MicroBatchSize.ParetoMaxima(seen.Keys, MaxCandidates).Select(s => LoadSamples(seen[s]))],
            [.. typical.Select(LoadSamples)]
        );
    }

    private ModelSample[] LoadSamples(int[] batch) => [.. batch.Select(i => _samples[i])];
}
