using Litre.Core;
using Litre.Model.Files;
using Litre.Model.Identity;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>
/// Weights from an open checkpoint, converted to the model's type and layout. First the model allocates all its memory, then
/// <see cref="Load"/> fills it in the order of the files. The checkpoint is borrowed. On a meta device, nothing is read, and the
/// temporary memory of reading is counted.
/// </summary>
/// <param name="shape">The checkpoint's tensors, already checked against the configuration.</param>
/// <param name="checkpoint">Null for a meta device.</param>
/// <param name="dtype">The model's type.</param>
/// <param name="device">The model's device.</param>
public sealed class CheckpointSource(CheckpointShape shape, Checkpoint? checkpoint, DType dtype, Device device)
    : WeightSource(dtype, device)
{
    private readonly Dictionary<string, Tensor> _targets = new(StringComparer.Ordinal);

    /// <summary>
    /// The fingerprint of what <see cref="Load"/> read last; null before, on a meta device, and if values are not checked.
    /// </summary>
    public WeightFingerprint? Fingerprint { get; private set; }

    /// <summary>Fills all weights that were requested since the last call; they must not be disposed.</summary>
    /// <exception cref="InputException">
    /// A file cannot be read, was changed, has another SHA-256 than its folder states, or contains values that are not finite.
    /// </exception>
    public void Load(LoadOptions options)
    {
        var check = options.CheckValues && checkpoint is not null ? new WeightCheck(shape, DType) : null;
        CheckpointLoad.Run(shape, checkpoint, _targets, Device, options, check);
        Fingerprint = Device.IsMeta ? null : check?.Fingerprint();
        _targets.Clear();
    }

    protected override void Read(string key, Tensor destination)
    {
        if (!destination.IsContiguous || destination.Count != Shape.Count(shape.Tensors[key].Shape))
            throw new ArgumentException(
                $"{key}: {Shape.Text(shape.Tensors[key].Shape)} cannot be read into {destination} with strides "
                    + $"{Shape.Text(destination.Strides)}"
            );
        _targets.Add(key, destination);
    }
}
