using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Files;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>The tensors of a checkpoint and their layout: all that is needed to count the memory of reading or writing it.</summary>
/// <param name="Tensors">The tensors by key.</param>
/// <param name="Layout">The order of the experts' dimensions.</param>
/// <param name="Experts">Keys of stacked experts.</param>
public sealed record CheckpointShape(IReadOnlyDictionary<string, TensorEntry> Tensors, ExpertLayout Layout, IReadOnlySet<string> Experts)
{
    /// <summary>The shape of an open checkpoint, after comparing it with its configuration.</summary>
    /// <param name="checkpoint">Open.</param>
    /// <param name="config">The configuration of the same folder.</param>
    /// <param name="chosen">The experts' layout, if it cannot be determined from their dimensions.</param>
    /// <exception cref="InputException">Configuration and weights do not fit.</exception>
    public static CheckpointShape Of(Checkpoint checkpoint, ModelConfig config, ExpertLayout? chosen = null)
    {
        var layout = ExpertLayouts.Decide(checkpoint.Folder, config, checkpoint.Tensors, chosen);
        var keys = config.Keys;
        checkpoint.CheckAgainst(keys.Shapes(layout), keys.Optional);
        if (checkpoint.Tensors.Values.OrderBy(t => t.Name, StringComparer.Ordinal).FirstOrDefault(t => !t.DType.IsFloat()) is { } odd)
            throw new InputException(
                $"{odd.File}: key {odd.Name} is {SafetensorsDType.Name(odd.DType)}, expected a floating-point type; "
                    + "quantized weights are not supported; use the BF16 checkpoint of this model"
            );
        return new CheckpointShape(checkpoint.Tensors, layout, keys.Experts);
    }

    /// <summary>The hub's layout for a configuration without weights: bfloat16 unless it states another type.</summary>
    public static CheckpointShape Expected(ModelConfig config)
    {
        var dtype = config.DType ?? DType.BFloat16;
        var keys = config.Keys;
        return new CheckpointShape(
            keys.Shapes(ExpertLayout.Hub)
                .ToDictionary(
                    k => k.Key,
                    k => new TensorEntry(k.Key, dtype, k.Value, "", 0, Shape.Count(k.Value) * dtype.Bytes()),
                    StringComparer.Ordinal
                ),
            ExpertLayout.Hub,
            keys.Experts
        );
    }

    /// <summary>Whether the file stores a tensor with its last two dimensions exchanged.</summary>
    /// <remarks>A square tensor has the same sizes in both layouts, and still the other order.</remarks>
    public bool IsTransposed(string key) => Layout == ExpertLayout.Hub && Experts.Contains(key);
}
