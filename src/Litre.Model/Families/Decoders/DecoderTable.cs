using System.Globalization;
using Litre.Model.Configuration;
using Litre.Model.Layers;

namespace Litre.Model.Families.Decoders;

/// <summary>
/// The checkpoint keys of decoders as transformers names them since Llama: rotary attention with normalized heads, SwiGLU, or experts
/// in stacked tensors.
/// </summary>
internal static class DecoderTable
{
    private const string Head = "lm_head.weight";

    /// <param name="prefix">The prefix of the decoder's modules, ending with a dot.</param>
    /// <param name="layers">How many there are.</param>
    internal static DecoderKeys Keys(string prefix, int layers) =>
        new(
            prefix + "embed_tokens.weight",
            prefix + "norm.weight",
            Head,
            [.. Enumerable.Range(0, layers).Select(i => Layer(string.Create(CultureInfo.InvariantCulture, $"{prefix}layers.{i}.")))]
        );

    /// <summary>The decoder's tensors.</summary>
    /// <param name="keys">From <see cref="Keys"/>.</param>
    /// <param name="config">Their sizes.</param>
    /// <param name="tied">Whether the output head is the embedding itself.</param>
    internal static IEnumerable<CheckpointTensor> Tensors(DecoderKeys keys, TextConfig config, bool tied)
    {
        long hidden = config.HiddenSize;
        var queries = (long)config.Heads * config.HeadDim;
        var keyValues = (long)config.KvHeads * config.HeadDim;
        yield return new(keys.Embedding, [config.Vocab, hidden], TensorRole.Embedding);
        yield return new(keys.FinalNorm, [hidden]);
        yield return new(keys.Head, [config.Vocab, hidden], TensorRole.Head) { IsOptional = tied };
        foreach (var (i, layer) in keys.Layers.Index())
        {
            yield return new(layer.InputNorm, [hidden]);
            yield return new(layer.Query, [queries, hidden]);
            yield return new(layer.Key, [keyValues, hidden]);
            yield return new(layer.Value, [keyValues, hidden]);
            yield return new(layer.AttentionOut, [hidden, queries]) { EndsResidual = true };
            yield return new(layer.QueryNorm, [config.HeadDim]);
            yield return new(layer.KeyNorm, [config.HeadDim]);
            yield return new(layer.PostAttentionNorm, [hidden]);
            foreach (var tensor in config.HasExperts(i) ? Experts(layer, config) : Dense(layer, config))
                yield return tensor;
        }
    }

    private static IEnumerable<CheckpointTensor> Dense(DecoderLayerKeys layer, TextConfig config) =>
        [
            new(layer.Gate, [config.IntermediateSize, config.HiddenSize]),
            new(layer.Up, [config.IntermediateSize, config.HiddenSize]),
            new(layer.Down, [config.HiddenSize, config.IntermediateSize]) { EndsResidual = true },
        ];

    private static IEnumerable<CheckpointTensor> Experts(DecoderLayerKeys layer, TextConfig config)
    {
        long experts = config.Experts;
        long hidden = config.HiddenSize;
        long inner = config.MoeIntermediateSize;
        return
        [
            new(layer.Router, [experts, hidden], TensorRole.Router),
            new(layer.ExpertsGateUp, [experts, 2 * inner, hidden], TensorRole.Experts),
            new(layer.ExpertsDown, [experts, hidden, inner], TensorRole.Experts) { EndsResidual = true },
        ];
    }

    private static DecoderLayerKeys Layer(string at) =>
        new()
        {
            InputNorm = at + "input_layernorm.weight",
            Query = at + "self_attn.q_proj.weight",
            Key = at + "self_attn.k_proj.weight",
            Value = at + "self_attn.v_proj.weight",
            AttentionOut = at + "self_attn.o_proj.weight",
            QueryNorm = at + "self_attn.q_norm.weight",
            KeyNorm = at + "self_attn.k_norm.weight",
            PostAttentionNorm = at + "post_attention_layernorm.weight",
            Gate = at + "mlp.gate_proj.weight",
            Up = at + "mlp.up_proj.weight",
            Down = at + "mlp.down_proj.weight",
            Router = at + "mlp.gate.weight",
            ExpertsGateUp = at + "mlp.experts.gate_up_proj",
            ExpertsDown = at + "mlp.experts.down_proj",
        };
}
