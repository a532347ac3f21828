using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Lora;

/// <summary>Folds adapters into the weights they sit on.</summary>
public static class LoraMerge
{
    /// <summary>
    /// Adds every adapter's update to its weight, in float32 and rounded once to the weight's type, and takes the
    /// adapters off the model.
    /// </summary>
    public static void Apply(CausalModel model)
    {
        foreach (var linear in model.Linears)
        {
            foreach (var part in linear.Parts)
            {
                if (part.Lora is { } lora)
                    Add(part.Weight.Value, lora);
            }
            linear.Detach();
        }
        foreach (var experts in model.ExpertLinears)
        {
            if (experts.Lora is not { } lora)
                continue;
            Add(experts.Weight.Value, lora);
            experts.Lora = null;
            lora.Dispose();
        }
        model.AdapterConfig = null;
    }

    private static void Add(Tensor weight, LoraPair lora)
    {
        using var scope = new TensorScope();
        var delta = lora.Delta();
        weight.CopyFrom(Ops.Add(weight.To(delta.DType), delta));
    }
}
