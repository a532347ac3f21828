using Litre.Core;
using Litre.Model.Configuration;
using Litre.Torch;

namespace Litre.Model.Files;

/// <summary>Determines from their dimensions in which order a checkpoint stores its expert weights.</summary>
public static class ExpertLayouts
{
    /// <summary>The layout of all of a checkpoint's expert tensors; <see cref="ExpertLayout.Transformers"/> for a dense model.</summary>
    /// <param name="where">The folder, for messages.</param>
    /// <param name="config">Gives the sizes, and which layers have experts.</param>
    /// <param name="tensors">The checkpoint's tensors; missing keys are reported by the comparison with the key table.</param>
    /// <param name="chosen">The user's <c>expert-layout</c>: it decides if the dimensions do not, and must not contradict them.</param>
    /// <exception cref="InputException">
    /// The dimensions fit neither layout, contradict each other or the choice, or do not determine the layout.
    /// </exception>
    public static ExpertLayout Decide(
        string where,
        ModelConfig config,
        IReadOnlyDictionary<string, TensorEntry> tensors,
        ExpertLayout? chosen = null
    )
    {
        ExpertLayout? layout = null;
        string? decidedBy = null;
        var undecided = false;
        foreach (var tensor in config.Keys.Tensors.Where(t => t.Role == TensorRole.Experts))
        {
            if (!tensors.TryGetValue(tensor.Key, out var entry))
                continue;
            var found = OfTensor(where, tensor, entry.Shape);
            undecided |= found is null;
            if (found is null)
                continue;
            if (layout is not null && layout != found)
                throw new InputException(
                    $"{where}: key {tensor.Key} has the {Name(found.Value)} layout of expert weights, but {decidedBy} "
                        + $"has the {Name(layout.Value)} layout; download the model again"
                );
            layout = found;
            decidedBy ??= tensor.Key;
        }
        if (layout is not null && chosen is not null && layout != chosen)
            throw new InputException(
                "expert-layout",
                Name(chosen.Value),
                $"key {decidedBy} in {where} has the {Name(layout.Value)} layout",
                "omit it"
            );
        if (undecided && layout is null && chosen is null)
            throw new InputException(
                $"{where}: the layout of the expert weights cannot be determined from their dimensions; set "
                    + "`expert-layout hub` (weights from the hub) or `expert-layout transformers` (saved by transformers 5)"
            );
        return layout ?? chosen ?? ExpertLayout.Transformers;
    }

    private static ExpertLayout? OfTensor(string where, CheckpointTensor tensor, long[] shape)
    {
        var (transformers, hub) = (tensor.ShapeIn(ExpertLayout.Transformers), tensor.ShapeIn(ExpertLayout.Hub));
        var isTransformers = shape.AsSpan().SequenceEqual(transformers);
        var isHub = shape.AsSpan().SequenceEqual(hub);
        if (!isTransformers && !isHub)
            throw new InputException(
                $"{where}: key {tensor.Key} has shape {Shape.Text(shape)}, expected {Shape.Text(hub)} (hub) or "
                    + $"{Shape.Text(transformers)} (transformers 5); use the config.json that belongs to these weights"
            );
        if (isTransformers && isHub)
            return null;
        return isHub ? ExpertLayout.Hub : ExpertLayout.Transformers;
    }

    private static string Name(ExpertLayout layout) => layout == ExpertLayout.Hub ? "hub" : "transformers";
}
