using System.Globalization;
using Litre.Model.Configuration;

namespace Litre.Model.Files;

/// <summary>
/// Every key of a Qwen3-VL checkpoint, with its shape. <c>{0}</c> stands for the number of a layer, block or merger.
/// This is the only place that spells a key. Matrices are (out, in).
/// </summary>
public static class CheckpointKeys
{
    public const string EmbedTokens = "model.language_model.embed_tokens.weight";
    public const string FinalNorm = "model.language_model.norm.weight";
    public const string LmHead = "lm_head.weight";

    private const string Layer = "model.language_model.layers.{0}.";
    public const string InputNorm = Layer + "input_layernorm.weight";
    public const string Query = Layer + "self_attn.q_proj.weight";
    public const string Key = Layer + "self_attn.k_proj.weight";
    public const string Value = Layer + "self_attn.v_proj.weight";
    public const string AttentionOut = Layer + "self_attn.o_proj.weight";
    public const string QueryNorm = Layer + "self_attn.q_norm.weight";
    public const string KeyNorm = Layer + "self_attn.k_norm.weight";
    public const string PostAttentionNorm = Layer + "post_attention_layernorm.weight";
    public const string Gate = Layer + "mlp.gate_proj.weight";
    public const string Up = Layer + "mlp.up_proj.weight";
    public const string Down = Layer + "mlp.down_proj.weight";
    public const string Router = Layer + "mlp.gate.weight";
    public const string ExpertsGateUp = Layer + "mlp.experts.gate_up_proj";
    public const string ExpertsDown = Layer + "mlp.experts.down_proj";

    private const string Visual = "model.visual.";
    public const string PatchEmbedWeight = Visual + "patch_embed.proj.weight";
    public const string PatchEmbedBias = Visual + "patch_embed.proj.bias";
    public const string PositionEmbed = Visual + "pos_embed.weight";

    private const string Block = Visual + "blocks.{0}.";
    public const string BlockNorm1Weight = Block + "norm1.weight";
    public const string BlockNorm1Bias = Block + "norm1.bias";
    public const string BlockQkvWeight = Block + "attn.qkv.weight";
    public const string BlockQkvBias = Block + "attn.qkv.bias";
    public const string BlockProjWeight = Block + "attn.proj.weight";
    public const string BlockProjBias = Block + "attn.proj.bias";
    public const string BlockNorm2Weight = Block + "norm2.weight";
    public const string BlockNorm2Bias = Block + "norm2.bias";
    public const string BlockFc1Weight = Block + "mlp.linear_fc1.weight";
    public const string BlockFc1Bias = Block + "mlp.linear_fc1.bias";
    public const string BlockFc2Weight = Block + "mlp.linear_fc2.weight";
    public const string BlockFc2Bias = Block + "mlp.linear_fc2.bias";

    private const string Merger = Visual + "merger.";
    public const string MergerNormWeight = Merger + "norm.weight";
    public const string MergerNormBias = Merger + "norm.bias";
    public const string MergerFc1Weight = Merger + "linear_fc1.weight";
    public const string MergerFc1Bias = Merger + "linear_fc1.bias";
    public const string MergerFc2Weight = Merger + "linear_fc2.weight";
    public const string MergerFc2Bias = Merger + "linear_fc2.bias";

    private const string Deepstack = Visual + "deepstack_merger_list.{0}.";
    public const string DeepstackNormWeight = Deepstack + "norm.weight";
    public const string DeepstackNormBias = Deepstack + "norm.bias";
    public const string DeepstackFc1Weight = Deepstack + "linear_fc1.weight";
    public const string DeepstackFc1Bias = Deepstack + "linear_fc1.bias";
    public const string DeepstackFc2Weight = Deepstack + "linear_fc2.weight";
    public const string DeepstackFc2Bias = Deepstack + "linear_fc2.bias";

    /// <summary>The key of one layer, block or merger.</summary>
    public static string At(string template, int index) =>
        template.Replace("{0}", index.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>Every key that a checkpoint of this configuration holds, with its shape.</summary>
    public static IReadOnlyDictionary<string, long[]> All(ModelConfig config, ExpertLayout layout)
    {
        var keys = new Dictionary<string, long[]>(StringComparer.Ordinal);
        AddText(keys, config.Text, layout);
        AddVision(keys, config.Vision);
        return keys;
    }

    /// <summary>Keys that may be absent: the output head where it is the embedding itself.</summary>
    public static IReadOnlySet<string> Optional(ModelConfig config) =>
        config.TieWordEmbeddings ? new HashSet<string>(StringComparer.Ordinal) { LmHead } : new HashSet<string>();

    /// <summary>Whether a key belongs to the vision tower.</summary>
    internal static bool IsVision(string key) => key.StartsWith(Visual, StringComparison.Ordinal);

    /// <summary>The shape of <see cref="ExpertsGateUp"/> or <see cref="ExpertsDown"/> in a layout.</summary>
    internal static long[] ExpertShape(string template, TextConfig text, ExpertLayout layout)
    {
        long experts = text.Experts;
        long hidden = text.HiddenSize;
        long inner = text.MoeIntermediateSize;
        var (rows, columns) = template == ExpertsGateUp ? (2 * inner, hidden) : (hidden, inner);
        return layout == ExpertLayout.Transformers ? [experts, rows, columns] : [experts, columns, rows];
    }

    private static void AddText(Dictionary<string, long[]> keys, TextConfig c, ExpertLayout layout)
    {
        long hidden = c.HiddenSize;
        var queries = (long)c.Heads * c.HeadDim;
        var keyValues = (long)c.KvHeads * c.HeadDim;
        keys[EmbedTokens] = [c.Vocab, hidden];
        keys[FinalNorm] = [hidden];
        keys[LmHead] = [c.Vocab, hidden];
        for (var i = 0; i < c.Layers; i++)
        {
            keys[At(InputNorm, i)] = [hidden];
            keys[At(Query, i)] = [queries, hidden];
            keys[At(Key, i)] = [keyValues, hidden];
            keys[At(Value, i)] = [keyValues, hidden];
            keys[At(AttentionOut, i)] = [hidden, queries];
            keys[At(QueryNorm, i)] = [c.HeadDim];
            keys[At(KeyNorm, i)] = [c.HeadDim];
            keys[At(PostAttentionNorm, i)] = [hidden];
            if (c.HasExperts(i))
            {
                keys[At(Router, i)] = [c.Experts, hidden];
                keys[At(ExpertsGateUp, i)] = ExpertShape(ExpertsGateUp, c, layout);
                keys[At(ExpertsDown, i)] = ExpertShape(ExpertsDown, c, layout);
            }
            else
            {
                keys[At(Gate, i)] = [c.IntermediateSize, hidden];
                keys[At(Up, i)] = [c.IntermediateSize, hidden];
                keys[At(Down, i)] = [hidden, c.IntermediateSize];
            }
        }
    }

    private static void AddVision(Dictionary<string, long[]> keys, VisionConfig c)
    {
        long hidden = c.HiddenSize;
        var merged = hidden * c.MergedPatches;
        keys[PatchEmbedWeight] = [hidden, c.InChannels, c.TemporalPatchSize, c.PatchSize, c.PatchSize];
        keys[PatchEmbedBias] = [hidden];
        keys[PositionEmbed] = [c.NumPositionEmbeddings, hidden];
        for (var i = 0; i < c.Depth; i++)
        {
            keys[At(BlockNorm1Weight, i)] = [hidden];
            keys[At(BlockNorm1Bias, i)] = [hidden];
            keys[At(BlockQkvWeight, i)] = [3 * hidden, hidden];
            keys[At(BlockQkvBias, i)] = [3 * hidden];
            keys[At(BlockProjWeight, i)] = [hidden, hidden];
            keys[At(BlockProjBias, i)] = [hidden];
            keys[At(BlockNorm2Weight, i)] = [hidden];
            keys[At(BlockNorm2Bias, i)] = [hidden];
            keys[At(BlockFc1Weight, i)] = [c.IntermediateSize, hidden];
            keys[At(BlockFc1Bias, i)] = [c.IntermediateSize];
            keys[At(BlockFc2Weight, i)] = [hidden, c.IntermediateSize];
            keys[At(BlockFc2Bias, i)] = [hidden];
        }
        // The last merger normalises each patch; those after inner blocks normalise the merged square.
        keys[MergerNormWeight] = [hidden];
        keys[MergerNormBias] = [hidden];
        keys[MergerFc1Weight] = [merged, merged];
        keys[MergerFc1Bias] = [merged];
        keys[MergerFc2Weight] = [c.OutHiddenSize, merged];
        keys[MergerFc2Bias] = [c.OutHiddenSize];
        for (var i = 0; i < c.DeepstackVisualIndexes.Count; i++)
        {
            keys[At(DeepstackNormWeight, i)] = [merged];
            keys[At(DeepstackNormBias, i)] = [merged];
            keys[At(DeepstackFc1Weight, i)] = [merged, merged];
            keys[At(DeepstackFc1Bias, i)] = [merged];
            keys[At(DeepstackFc2Weight, i)] = [c.OutHiddenSize, merged];
            keys[At(DeepstackFc2Bias, i)] = [c.OutHiddenSize];
        }
    }
}
