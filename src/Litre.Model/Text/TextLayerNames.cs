namespace Litre.Model.Text;

/// <summary>Module names of one decoder layer, as checkpoints and adapters spell them.</summary>
public readonly record struct TextLayerNames(int Layer)
{
    public string Prefix => $"model.language_model.layers.{Layer}";

    public string InputNorm => Prefix + ".input_layernorm";

    public string PostAttentionNorm => Prefix + ".post_attention_layernorm";

    public string QProj => Prefix + ".self_attn.q_proj";

    public string KProj => Prefix + ".self_attn.k_proj";

    public string VProj => Prefix + ".self_attn.v_proj";

    public string OProj => Prefix + ".self_attn.o_proj";

    public string QNorm => Prefix + ".self_attn.q_norm";

    public string KNorm => Prefix + ".self_attn.k_norm";

    public string GateProj => Prefix + ".mlp.gate_proj";

    public string UpProj => Prefix + ".mlp.up_proj";

    public string DownProj => Prefix + ".mlp.down_proj";

    public string Router => Prefix + ".mlp.gate";

    public string Experts => Prefix + ".mlp.experts";
}
