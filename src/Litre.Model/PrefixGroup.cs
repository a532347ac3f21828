using Litre.Model.Configuration;

namespace Litre.Model;

/// <summary>
/// Samples of one adapter about the same images that begin with the same tokens, the images' among them, and whose answers come later.
/// The common part is stored only once in a packed batch; with causal attention, it is the same for all of them.
/// </summary>
/// <param name="Samples">Their indices in the list of samples, ascending.</param>
/// <param name="Length">Tokens in common; 0 if a sample is alone.</param>
public sealed record PrefixGroup(IReadOnlyList<int> Samples, int Length)
{
    /// <summary>Each sample is in exactly one group; groups are in the order of their first samples.</summary>
    /// <param name="samples">The samples; one without <see cref="ModelSample.ImageKeys"/> forms its own group.</param>
    /// <param name="config">Determines which tokens belong to images.</param>
    /// <param name="share">Whether anything is shared; if not, every sample is alone.</param>
    public static IReadOnlyList<PrefixGroup> Find(IReadOnlyList<ModelSample> samples, ModelConfig config, bool share = true)
    {
        if (!share)
            return [.. samples.Select((_, i) => new PrefixGroup([i], 0))];
        var groups = new List<Open>();
        var byImages = new Dictionary<(int? Adapter, string Images), List<Open>>();
        for (var i = 0; i < samples.Count; i++)
        {
            var sample = samples[i];
            var least = MinPrefix(sample, config);
            if (least == 0)
            {
                groups.Add(new Open(sample, [i], 0));
                continue;
            }
            var images = (sample.Adapter, sample.ImageSetKey);
            if (!byImages.TryGetValue(images, out var candidates))
                byImages[images] = candidates = [];
            var group = candidates.Find(g => g.First.Ids.AsSpan().CommonPrefixLength(sample.Ids) >= least);
            if (group is null)
            {
                groups.Add(group = new Open(sample, [], MaxPrefix(sample)));
                candidates.Add(group);
            }
            group.Samples.Add(i);
            group.Length = Math.Min(group.Length, Math.Min(MaxPrefix(sample), group.First.Ids.AsSpan().CommonPrefixLength(sample.Ids)));
        }
        return [.. groups.Select(g => new PrefixGroup(g.Samples, g.Samples.Count == 1 ? 0 : g.Length))];
    }

    /// <summary>Tokens that a packed batch of these samples computes.</summary>
    /// <param name="samples">The list that the group was found in.</param>
    public int Tokens(IReadOnlyList<ModelSample> samples) => Length + Samples.Sum(i => samples[i].Ids.Length - Length);

    // Tokens up to the last one of an image, if sharing up to there is worthwhile and possible; otherwise 0.
    private static int MinPrefix(ModelSample sample, ModelConfig config)
    {
        if (sample.ImageKeys is not { Count: > 0 } || sample.FirstPosition > 0)
            return 0;
        var least = 1 + Array.FindLastIndex(sample.Ids, config.IsVisual);
        return least <= MaxPrefix(sample) ? least : 0;
    }

    // Each sample keeps at least one own token, including those that predict its answers: a row of the batch has at most one loss.
    private static int MaxPrefix(ModelSample sample)
    {
        var first = sample.Labels is null ? -1 : sample.Labels.AsSpan().IndexOfAnyExcept(ModelSample.NoLoss);
        return first < 0 ? sample.Ids.Length - 1 : first - 1;
    }

    private sealed class Open(ModelSample first, List<int> samples, int length)
    {
        public ModelSample First { get; } = first;

        public List<int> Samples { get; } = samples;

        public int Length { get; set; } = length;
    }
}
