using Litre.Model.Configuration;
using Litre.Model.Layers;

namespace Litre.Model.Families.Decoders;

/// <summary>Words for the modules of decoders whose keys are those of <see cref="DecoderTable"/>.</summary>
internal static class DecoderTargets
{
    private static readonly string[] Experts = ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"];

    internal static IEnumerable<AdapterTarget> All(TextConfig config)
    {
        var experts = config.Experts > 0 ? Experts : [];
        yield return new("attention", ["q_proj", "k_proj", "v_proj", "o_proj"], []);
        yield return new("mlp", ["gate_proj", "up_proj", "down_proj"], experts);
        if (experts.Length > 0)
            yield return new("experts", [], experts);
    }
}
