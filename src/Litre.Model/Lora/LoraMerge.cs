using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Lora;

/// <summary>Merges adapters into their weights.</summary>
public static class LoraMerge
{
    /// <summary>
    /// Adds the update of every weight that the model's adapter changes, in float32 and rounded once to the weight's type, and detaches
    /// the adapter.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The model has several adapters, so that merging would change the base of the others; or a weight cannot be written.
    /// </exception>
    public static void Apply(CausalModel model)
    {
        if (model.Adapters.Count > 1)
            throw new InvalidOperationException($"the model has {model.Adapters.Count} adapters, but only one can be merged");
        foreach (var (weight, lora) in model.Adapters.SelectMany(a => a.Updates))
            Add(weight.Value, lora);
        model.Adapters.Clear();
    }

    private static void Add(Tensor weight, LoraPair lora)
    {
        using var scope = new TensorScope();
        var delta = lora.Delta();
        weight.CopyFrom(Ops.Add(weight.To(delta.DType), delta));
    }
}
