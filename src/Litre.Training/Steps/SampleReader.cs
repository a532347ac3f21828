using System.Runtime.ExceptionServices;
using Litre.Data.Packing;
using Litre.Inference;
using Litre.Inference.Features;
using Litre.Model;

namespace Litre.Training.Steps;

/// <summary>Loads the images of samples, or their features if they are known. Thread-safe.</summary>
/// <param name="encoder">The checkpoint's.</param>
/// <param name="features">Packs the samples; null if every pass uses pixels. Borrowed.</param>
public sealed class SampleReader(SampleEncoder encoder, FeatureCache? features = null)
{
    /// <summary>Loads samples with their images, on all processors; samples about the same images share them.</summary>
    /// <exception cref="Core.InputException">An image can no longer be read; the others are freed.</exception>
    public ModelSample[] Load(IReadOnlyList<TokenizedSample> samples)
    {
        using var reader = features?.Reader(encoder);
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

    /// <summary>Packs the part of a micro-batch that can be prepared while another one computes; null if nothing uses it.</summary>
    /// <param name="samples">The micro-batch.</param>
    /// <param name="share">Whether samples with the same beginning share it.</param>
    public PackedTokens? Pack(ModelSample[] samples, bool share) => features?.Prepare(samples, share);
}
