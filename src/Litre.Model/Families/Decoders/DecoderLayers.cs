using Litre.Model.Experts;
using Litre.Model.Layers;
using Litre.Model.Text;

namespace Litre.Model.Families.Decoders;

/// <summary>The layers of decoders whose keys are those of <see cref="DecoderTable"/>.</summary>
internal static class DecoderLayers
{
    /// <summary>Experts if the configuration has them in this layer, otherwise a dense block.</summary>
    internal static IFeedForward FeedForward(WeightSource source, TextConfig config, DecoderLayerKeys keys, int layer) =>
        config.HasExperts(layer) ? new ExpertFeedForward(source, config, keys) : new DenseFeedForward(source, config, keys);
}
