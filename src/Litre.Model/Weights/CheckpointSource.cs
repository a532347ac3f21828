using Litre.Core;
using Litre.Model.Files;
using Litre.Model.Identity;
using Litre.Model.Layers;
using Litre.Torch;

namespace Litre.Model.Weights;

/// <summary>
/// Weights from an open checkpoint, converted to the model's type and layout. First the model takes all its memory, then
/// <see cref="Load"/> fills it in the order of the files. The checkpoint is borrowed. On a meta device nothing is read, and
/// the memory that reading takes on the way is counted.
/// </summary>
/// <param name="shape">What the checkpoint holds, already checked against the configuration.</param>
/// <param name="checkpoint">Null for a meta device.</param>
/// <param name="dtype">The model's type.</param>
/// <param name="device">The model's device.</param>
public sealed class CheckpointSource(CheckpointShape shape, Checkpoint? checkpoint, DType dtype, Device device)
    : WeightSource(dtype, device)
{
    private readonly Dictionary<string, Tensor> _targets = new(StringComparer.Ordinal);

    /// <summary>Of what <see cref="Load"/> read the last time; null before, on a meta device, and where weights are not examined.</summary>
    public WeightFingerprint? Fingerprint { get; private set; }

    /// <summary>Fills all weights that were asked for since the last time; they must be alive still.</summary>
    /// <exception cref="InputException">A file cannot be read, was changed, has another SHA-256 than its folder says, or holds
    /// numbers that are not finite.</exception>
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
