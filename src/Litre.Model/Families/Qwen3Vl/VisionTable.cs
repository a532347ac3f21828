using System.Globalization;
using Litre.Model.Configuration;
using Litre.Model.Layers;

namespace Litre.Model.Families.Qwen3Vl;

/// <summary>The checkpoint keys of the vision tower.</summary>
internal static class VisionTable
{
    internal const string Prefix = "model.visual.";

    internal static VisionKeys Keys(VisionConfig config) =>
        new(
            Prefix + "patch_embed.proj.weight",
            Prefix + "patch_embed.proj.bias",
            Prefix + "pos_embed.weight",
            [.. Enumerable.Range(0, config.Depth).Select(i => Block(Text($"{Prefix}blocks.{i}.")))],
            Merger(Prefix + "merger."),
            [.. config.DeepstackVisualIndexes.Select((_, i) => Merger(Text($"{Prefix}deepstack_merger_list.{i}.")))]
        );

    internal static IEnumerable<CheckpointTensor> Tensors(VisionKeys keys, VisionConfig config)
    {
        long hidden = config.HiddenSize;
        var merged = hidden * config.MergedPatches;
        return All().Select(t => t with { IsVision = true });

        IEnumerable<CheckpointTensor> All()
        {
            yield return new(keys.PatchWeight, [hidden, config.InChannels, config.TemporalPatchSize, config.PatchSize, config.PatchSize]);
            yield return new(keys.PatchBias, [hidden]);
            yield return new(keys.Positions, [config.NumPositionEmbeddings, hidden]);
            foreach (var block in keys.Blocks)
            {
                CheckpointTensor[][] modules =
                [
                    Norm(block.Norm1, hidden),
                    Linear(block.Qkv, 3 * hidden, hidden),
                    Linear(block.Projection, hidden, hidden, endsResidual: true),
                    Norm(block.Norm2, hidden),
                    Linear(block.First, config.IntermediateSize, hidden),
                    Linear(block.Second, hidden, config.IntermediateSize, endsResidual: true),
                ];
                foreach (var tensor in modules.SelectMany(m => m))
                    yield return tensor;
            }
            // The last merger normalizes each patch; those after inner blocks normalize the merged square.
            foreach (var (merger, width) in keys.DeepstackMergers.Select(m => (m, merged)).Prepend((keys.Merger, hidden)))
            {
                CheckpointTensor[][] modules =
                [
                    Norm(merger.Norm, width),
                    Linear(merger.First, merged, merged),
                    Linear(merger.Second, config.OutHiddenSize, merged),
                ];
                foreach (var tensor in modules.SelectMany(m => m))
                    yield return tensor;
            }
        }
    }

    private static CheckpointTensor[] Norm(string module, long width) => [new(module + ".weight", [width]), new(module + ".bias", [width])];

    private static CheckpointTensor[] Linear(string module, long outputs, long inputs, bool endsResidual = false) =>
        [new(module + ".weight", [outputs, inputs]) { EndsResidual = endsResidual }, new(module + ".bias", [outputs])];

    private static VisionBlockKeys Block(string at) =>
        new(at + "norm1", at + "attn.qkv", at + "attn.proj", at + "norm2", at + "mlp.linear_fc1", at + "mlp.linear_fc2");

    private static VisionMergerKeys Merger(string at) => new(at + "norm", at + "linear_fc1", at + "linear_fc2");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
