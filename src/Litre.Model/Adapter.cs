using Litre.Model.Configuration;
using Litre.Model.Layers;

namespace Litre.Model;

/// <summary>One adapter of a model: its factors are stored in the layers that it changes, under its slot.</summary>
/// <param name="Slot">Its number in the model's <see cref="AdapterBank"/>.</param>
/// <param name="Config">Its PEFT configuration.</param>
/// <param name="Updates">What it changes, in the model's order.</param>
/// <param name="Bytes">Memory of its factors, including the zeros between factors in common tensors.</param>
public sealed record Adapter(int Slot, AdapterConfig Config, IReadOnlyList<WeightUpdate> Updates, long Bytes)
{
    /// <summary>The factors, in the order of the updates.</summary>
    public IEnumerable<Parameter> Parameters => Updates.SelectMany(u => u.Lora.Parameters);
}

/// <summary>The low-rank update of one weight.</summary>
/// <param name="Weight">The weight that it is added to.</param>
/// <param name="Lora">Its factors.</param>
public sealed record WeightUpdate(Parameter Weight, LoraPair Lora);
