using Litre.Data.Packing;
using Litre.Inference;
using Litre.Model;
using Litre.Model.Configuration;

namespace Litre.Training.Steps;

/// <summary>
/// Steps over samples that exist before the run. The step number alone determines which samples a step uses. While a step computes, the
/// images of the next one are decoded in the background, or their features are read from the disk, and its tokens are packed; the
/// samples and their order do not depend on the speed of this work.
/// </summary>
public sealed class PreparedSteps : IStepSource
{
    private readonly SampleReader _reader;
    private readonly SampleIndex _index;
    private readonly ModelSample[] _outlines;
    private readonly TrainingOrder _order;
    private (int Step, StepShare Share, Task<PreparedBatch[]> Task)? _prefetch;

    /// <param name="train">The training samples; none longer than a pass.</param>
    /// <param name="heldOut">Never delivered; a run is resumed only if these are the same as well.</param>
    /// <param name="config">The configuration of the model.</param>
    /// <param name="batches">How samples are combined into steps.</param>
    /// <param name="seed">The seed of the order.</param>
    /// <param name="reader">Loads the samples.</param>
    /// <exception cref="Core.InputException">No sample fits a pass.</exception>
    public PreparedSteps(
        IReadOnlyList<TokenizedSample> train,
        IReadOnlyList<TokenizedSample> heldOut,
        ModelConfig config,
        BatchSettings batches,
        int seed,
        SampleReader reader
    )
    {
        (Train, _reader) = (train, reader);
        _outlines = [.. train.Select(SampleLoader.Outline)];
        _order = new TrainingOrder(_outlines, config, batches, seed);
        _index = new SampleIndex(train, heldOut);
    }

    public IReadOnlyList<TokenizedSample> Train { get; }

    public int TotalSteps => _order.TotalSteps;

    public int? EpochSamples => Train.Count;

    public bool HasImages => Train.Any(s => s.Visuals.Count > 0);

    public string Fingerprint => _index.Fingerprint;

    public double? EpochAfter(int step) => _order.EpochAfter(step);

    public bool EndsEpoch(int step) => _order.EndsEpoch(step);

    /// <summary>The micro-batches of a step without their images.</summary>
    /// <param name="step">Counted from one.</param>
    public ModelSample[][] Outline(int step) => [.. _order.MicroBatches(step).Select(b => b.Select(i => _outlines[i]).ToArray())];

    /// <inheritdoc/>
    /// <remarks>Starts preparing the step after it. Steps may be taken in any order and more than once.</remarks>
    public PreparedBatch[] Take(int step, StepShare share)
    {
        if (_prefetch is { } other && (other.Step, other.Share) != (step, share))
            ReleasePrefetched();
        var current = _prefetch?.Task ?? StartPrefetch(step, share);
        _prefetch = null;
        var loaded = current.GetAwaiter().GetResult();
        if (step < TotalSteps)
            _prefetch = (step + 1, share, StartPrefetch(step + 1, share));
        return loaded;
    }

    public void Return(PreparedBatch[] batches)
    {
        foreach (var batch in batches)
            batch.ReleaseImages();
    }

    /// <summary>The next step loads its own images.</summary>
    public void ReleasePrefetched()
    {
        if (_prefetch is not { } ahead)
            return;
        _prefetch = null;
        try
        {
            Return(ahead.Task.GetAwaiter().GetResult());
        }
        catch (Core.InputException)
        {
            // The step it was prepared for will not be taken.
        }
    }

    public bool Matches(string fingerprint) => _index.Matches(fingerprint);

    public void Describe(string runFolder) => _index.Write(runFolder);

    public string? DescribeDifference(string runFolder) => _index.DescribeDifference(runFolder);

    public void Dispose() => ReleasePrefetched();

    private Task<PreparedBatch[]> StartPrefetch(int step, StepShare share)
    {
        (int[] Samples, int Index)[] batches = [.. _order.MicroBatches(step).Select((b, i) => (b, i)).Where(b => share.Contains(b.i))];
        return Task.Run(() =>
        {
            var loaded = _reader.Load([.. batches.SelectMany(b => b.Samples.Select(i => Train[i]))]);
            try
            {
                var start = 0;
                return batches
                    .Select(b => (Samples: loaded[start..(start += b.Samples.Length)], b.Index))
                    .Select(b => new PreparedBatch(b.Samples, _reader.Pack(b.Samples, _order.SharesPrefixes)) { Index = b.Index })
                    .ToArray();
            }
            catch
            {
                foreach (var sample in loaded)
                    sample.ReleaseImages();
                throw;
            }
        });
    }
}
