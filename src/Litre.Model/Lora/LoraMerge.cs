using Litre.Torch;

namespace Litre.Model.Lora;

/// <summary>Folds adapters into the weights they sit on.</summary>
public static class LoraMerge
{
    /// <summary>
    /// Adds every adapter's update to its weight, in float32 and rounded once to the weight's type, and takes the
    /// adapters off the model.
    /// </summary>
    public static void Apply(VisionLanguageModel model)
    {
        foreach (var part in model.LinearParts)
        {
            if (part.Lora is not { } lora) continue;
            Add(part.Weight.Value, lora);
            part.Lora = null;
            lora.Dispose();
        }
        foreach (var experts in model.ExpertLinears)
        {
            if (experts.Lora is not { } lora) continue;
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
