using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Text;

namespace Litre.Inference.Scheduling;

/// <summary>Finds how much of a prompt a sequence has read.</summary>
internal static class PrefixMatch
{
    /// <summary>
    /// How many of a prompt's first tokens, with the same images, a sequence has read, as far as its layers can be rewound to their end.
    /// The last token is never counted, because its output is needed.
    /// </summary>
    /// <param name="read">The tokens and images that the sequence has read.</param>
    /// <param name="states">The states.</param>
    /// <param name="sequence">The sequence.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="config">The configuration of the model.</param>
    public static int Length(ModelSample read, SequenceStates states, int sequence, ModelSample prompt, ModelConfig config)
    {
        var shared = Math.Min(read.Ids.AsSpan().CommonPrefixLength(prompt.Ids), prompt.Ids.Length - 1);
        if (shared == 0)
            return 0;
        var (known, spans) = (read.ImageSpans(config), prompt.ImageSpans(config));
        for (var i = 0; i < spans.Count && spans[i].Start < shared; i++)
        {
            var same =
                i < known.Count
                && spans[i] == known[i]
                && spans[i].End <= shared
                && prompt.ImageKeys?[i] is { } key
                && key == read.ImageKeys![i];
            if (!same)
                shared = spans[i].Start;
        }
        while (true)
        {
            var found = states.Restorable(sequence, Math.Max(0, shared));
            var cut = spans.Where(s => s.Start < found && found < s.End).Select(s => s.Start).DefaultIfEmpty(found).First();
            if (cut == found)
                return found;
            shared = cut;
        }
    }

    /// <summary>What a sequence has read, without pixels.</summary>
    /// <param name="prompt">Its prompt.</param>
    /// <param name="tokens">The tokens that it has read, which may end within the prompt, but not within an image.</param>
    /// <param name="config">The configuration of the model.</param>
    public static ModelSample Outline(ModelSample prompt, int[] tokens, ModelConfig config)
    {
        var read = (prompt with { Pixels = null, ImageFeatures = null }).Prefix(tokens.Length, config);
        return new ModelSample(tokens, null, read.Grids, null)
        {
            ImageKeys = read.ImageKeys ?? [.. read.Grids.Select(_ => "")],
            Adapter = prompt.Adapter,
        };
    }
}
