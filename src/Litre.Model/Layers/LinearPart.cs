using Litre.Torch;

namespace Litre.Model.Layers;

/// <summary>One named projection inside a fused <see cref="Linear"/>: rows Start … Start + Rows - 1 of its output.</summary>
public sealed class LinearPart(string module, long start, Parameter weight, Parameter? bias)
{
    /// <summary>The module's name in the model, such as <c>model.language_model.layers.0.self_attn.q_proj</c>.</summary>
    public string Module { get; } = module;

    public long Start { get; } = start;

    public long Rows => Weight.Sizes[0];

    /// <summary>(rows, in)</summary>
    public Parameter Weight { get; } = weight;

    /// <summary>(rows)</summary>
    public Parameter? Bias { get; } = bias;

    /// <summary>Its low-rank updates, by the slots of the model's adapters.</summary>
    public LoraSlots Lora { get; } = new(module);

    public bool Trainable => Weight.Trainable || Bias is { Trainable: true } || Lora.Trainable;

    /// <summary>This part's columns (T, rows) of all parts' outputs (T, out).</summary>
    public Tensor Columns(Tensor y) => y.Size(1) == Rows ? y : y.Slice(1, Start, Rows);
}
