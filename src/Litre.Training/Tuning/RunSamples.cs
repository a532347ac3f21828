using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Litre.Data.Packing;
using Litre.Inference;
using Litre.Inference.Features;
using Litre.Model;

namespace Litre.Training.Tuning;

/// <summary>
/// The samples of a run. While a step computes, the next one's images are decoded in the background, or their features read
/// from the disk, and its tokens are packed; what is trained on, and in which order, does not depend on how fast that goes.
/// </summary>
public sealed class RunSamples(
    IReadOnlyList<TokenizedSample> train,
    IReadOnlyList<TokenizedSample> validation,
    SampleEncoder encoder,
    FeatureCache? features = null
) : IDisposable
{
    private (int Step, Task<PreparedBatch[]> Task)? _prefetch;

    public IReadOnlyList<TokenizedSample> Train { get; } = train;

    public IReadOnlyList<TokenizedSample> Validation { get; } = validation;

    public bool HasImages => Train.Concat(Validation).Any(s => s.Visuals.Count > 0);

    /// <summary>The hash that earlier versions wrote: of tokens and labels alone.</summary>
    public string TokenFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var sample in Train.Concat(Validation))
        {
            hash.AppendData(MemoryMarshal.AsBytes<int>((int[])[sample.Length, sample.Visuals.Count]));
            hash.AppendData(MemoryMarshal.AsBytes<int>(sample.InputIds));
            hash.AppendData(MemoryMarshal.AsBytes<int>(sample.Labels));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The micro-batches of a step with their images; those of the step after it are started.</summary>
    /// <param name="step">Counted from one.</param>
    /// <param name="order">Which samples a step takes.</param>
    public PreparedBatch[] GetStep(int step, TrainingOrder order)
    {
        var current = _prefetch is { } ahead && ahead.Step == step ? ahead.Task : StartPrefetch(step, order);
        _prefetch = null;
        var loaded = current.GetAwaiter().GetResult();
        if (step < order.TotalSteps)
            _prefetch = (step + 1, StartPrefetch(step + 1, order));
        return loaded;
    }

    /// <summary>Held-out samples with their images, packed by a token budget.</summary>
    public IEnumerable<ModelSample[]> ValidationBatches(int tokenBudget)
    {
        foreach (var group in Group([.. Validation.Select(s => s.Length)], tokenBudget))
        {
            using var reader = features?.Reader(encoder);
            yield return Load([.. group.Select(i => Validation[i])], reader);
        }
    }

    /// <summary>Samples in their order, as many together as a token budget holds; at least one.</summary>
    /// <param name="lengths">Tokens of each.</param>
    /// <param name="tokenBudget">Tokens of a group.</param>
    public static IEnumerable<int[]> Group(IReadOnlyList<int> lengths, int tokenBudget)
    {
        var (start, tokens) = (0, 0L);
        for (var i = 0; i < lengths.Count; i++)
        {
            if (i > start && tokens + lengths[i] > tokenBudget)
            {
                yield return [.. Enumerable.Range(start, i - start)];
                (start, tokens) = (i, 0);
            }
            tokens += lengths[i];
        }
        if (start < lengths.Count)
            yield return [.. Enumerable.Range(start, lengths.Count - start)];
    }

    public void Dispose()
    {
        if (_prefetch is not { } ahead)
            return;
        try
        {
            foreach (var batch in ahead.Task.GetAwaiter().GetResult())
                batch.ReleaseImages();
        }
        catch (Core.InputException)
        {
            // The step it was meant for is not taken any more.
        }
    }

    /// <summary>Returns what was read ahead; the next step reads its own.</summary>
    public void DropPrefetch()
    {
        Dispose();
        _prefetch = null;
    }

    private Task<PreparedBatch[]> StartPrefetch(int step, TrainingOrder order)
    {
        var indices = order.MicroBatches(step);
        return Task.Run(() =>
        {
            using var reader = features?.Reader(encoder);
            var loaded = Load([.. indices.SelectMany(batch => batch.Select(i => Train[i]))], reader);
            try
            {
                var start = 0;
                return indices
                    .Select(batch => loaded[start..(start += batch.Length)])
                    .Select(samples => new PreparedBatch(samples, features?.Prepare(samples, order.SharesPrefixes)))
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

    // On all processors; samples about the same images share what is loaded. Where one image fails, the others are freed.
    private ModelSample[] Load(IReadOnlyList<TokenizedSample> samples, FeatureReader? reader)
    {
        var groups = samples.Select((sample, i) => (Sample: sample, Index: i)).GroupBy(s => s.Sample.ImageSetKey).ToArray();
        var loaded = new ModelSample?[samples.Count];
        try
        {
            Parallel.ForEach(
                groups,
                group =>
                {
                    var (first, at) = group.First();
                    loaded[at] = SampleLoader.Load(first, encoder, features, reader);
                    foreach (var (sample, i) in group.Skip(1))
                        loaded[i] = loaded[at]! with { Ids = sample.InputIds, Labels = sample.Labels };
                }
            );
        }
        catch (AggregateException e)
        {
            foreach (var sample in loaded)
                sample?.ReleaseImages();
            ExceptionDispatchInfo.Capture(e.InnerExceptions[0]).Throw();
        }
        return loaded!;
    }
}

/// <summary>A micro-batch with what was made of it ahead.</summary>
/// <param name="Samples">With their images.</param>
/// <param name="Tokens">Of all of them together; null where they are yet to be packed.</param>
public sealed record PreparedBatch(ModelSample[] Samples, PackedTokens? Tokens = null)
{
    /// <summary>Frees the samples' pixels and features.</summary>
    public void ReleaseImages()
    {
        foreach (var sample in Samples)
            sample.ReleaseImages();
    }
}
